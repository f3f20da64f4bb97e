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

/// The next packets of one channel, decoded in other threads before they are asked for, one after
/// the other.
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

    /// @param packets how many packets are decoded ahead
    DecodeAhead(MultifdChannel channel, int packets) {
        this.channel = channel;
        this.packets = packets;
        this.buffers = new byte[packets][0];
    }

    MultifdChannel channel() {
        return channel;
    }

    /// Begins to decode, up to the next packet that says sync or to the end of the channel.
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
        // Of this start: when the task runs, the channel may have been started again.
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

    /// Where the last packet that was used begins.
    long at() {
        return at;
    }

    /// Notes the use of a packet.
    void at(long used) {
        at = used;
    }

    /// The next packet, without taking it.
    DecodedPacket head() throws IOException {
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

    /// Goes to the next packet; the contents of the one before may change from then on.
    void advance(Executor workers) {
        ahead.remove();
        decodeNext(false, workers);
    }

    /// Forgets what was decoded for nothing, behind the last packet.
    void stop() {
        ahead.clear();
    }

    @Override
    public void close() throws IOException {
        // A channel that somebody reads cannot be closed.
        last.exceptionally(e -> DecodedPacket.end(0)).join();
        channel.close();
    }
}
