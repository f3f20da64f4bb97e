// SPDX-License-Identifier: Apache-2.0
package org.vmstate.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;

/// A channel whose exceptions contain its address. The messages of the JDK's channels are only
/// "Connection reset" and the like.
///
/// @param <C> the type of the channel
final class AddressChannel<C extends ByteChannel & GatheringByteChannel & ScatteringByteChannel>
        implements ByteChannel, GatheringByteChannel, ScatteringByteChannel {
    private final C channel;
    private final MigrationAddress address;

    AddressChannel(C channel, MigrationAddress address) {
        this.channel = channel;
        this.address = address;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        try {
            return channel.read(target);
        } catch (IOException e) {
            throw named(address, e);
        }
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        try {
            return channel.read(targets, offset, length);
        } catch (IOException e) {
            throw named(address, e);
        }
    }

    @Override
    public long read(ByteBuffer[] targets) throws IOException {
        return read(targets, 0, targets.length);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        try {
            return channel.write(source);
        } catch (IOException e) {
            throw named(address, e);
        }
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        try {
            return channel.write(sources, offset, length);
        } catch (IOException e) {
            throw named(address, e);
        }
    }

    @Override
    public long write(ByteBuffer[] sources) throws IOException {
        return write(sources, 0, sources.length);
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /// Adds the address to an exception, unless it means that a channel was closed.
    static IOException named(MigrationAddress address, IOException e) {
        if (e instanceof ClosedChannelException) {
            return e;
        }
        return new IOException(address + ": " + reason(e), e);
    }

    private static String reason(IOException e) {
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }
}
