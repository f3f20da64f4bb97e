// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.file.MappedFile;
import org.vmstate.wire.CancelledException;

/// Decodes the next packets of one channel in other threads, one after the other, before they are
/// needed.
final class DecodeAhead implements AutoCloseable {
    private final MultifdChannel channel;
    private final int packets;
    private final byte[][] buffers;
    private final ArrayDeque<CompletableFuture<DecodedPacket>> ahead = new ArrayDeque<>();
    private CompletableFuture<DecodedPacket> last =
            CompletableFuture.completedFuture(DecodedPacket.end(0));
    private int nextBuffer;
    private long at;
    private @Nullable PageSize pageSize;
    private boolean toTheEnd;

    /// @param packets the number of packets to decode ahead
    DecodeAhead(MultifdChannel channel, int packets) {
        this.channel = channel;
        this.packets = packets;
        this.buffers = new byte[packets][0];
    }

    MultifdChannel channel() {
        return channel;
    }

    /// Begins to decode, up to and including the next sync packet, or to the end of the channel.
    ///
    /// @param pageSize the target's page size, or null if it is unknown
    void start(@Nullable PageSize pageSize, boolean toTheEnd, Executor workers) {
        this.pageSize = pageSize;
        this.toTheEnd = toTheEnd;
        for (int i = 0; i < packets; i++) {
            decodeNext(ahead.isEmpty(), workers);
        }
    }

    private void decodeNext(boolean first, Executor workers) {
        // Read here, because [#start] may run again before the task does.
        PageSize size = pageSize;
        boolean end = toTheEnd;
        int buffer = nextBuffer;
        nextBuffer = (nextBuffer + 1) % buffers.length;
        last =
                last.thenApplyAsync(
                        before -> {
                            if (!first && before.isLast(end)) {
                                return before;
                            }
                            DecodedPacket packet = channel.next(size, buffers[buffer]);
                            if (packet.pages().length > buffers[buffer].length) {
                                buffers[buffer] = packet.pages();
                            }
                            return packet;
                        },
                        workers);
        ahead.add(last);
    }

    /// The offset of the last packet that was processed.
    long at() {
        return at;
    }

    /// Sets the offset of the last packet that was processed.
    void at(long used) {
        at = used;
    }

    /// The next packet; does not remove it.
    DecodedPacket peek() throws IOException {
        try {
            return ahead.element().get();
        } catch (InterruptedException e) {
            throw CancelledException.of(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof InternalError error) {
                throw MappedFile.fault(error);
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /// Removes the next packet. The contents of the packet before it may change from then on.
    void advance(Executor workers) {
        ahead.remove();
        decodeNext(false, workers);
    }

    /// Drops the results after the last packet.
    void stop() {
        ahead.clear();
    }

    @Override
    public void close() throws IOException {
        // Waits, because a channel must not be closed while it is read.
        last.exceptionally(e -> DecodedPacket.end(0)).join();
        channel.close();
    }
}
