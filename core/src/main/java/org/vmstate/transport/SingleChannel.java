// SPDX-License-Identifier: Apache-2.0
package org.vmstate.transport;

import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.vmstate.migration.ChannelConnector;

/// The connector or acceptor of an address that has a single channel: a file or a command.
final class SingleChannel implements ChannelConnector, BoundAcceptor {
    private final MigrationAddress address;
    private final ChannelConnector opening;
    private final AtomicBoolean opened = new AtomicBoolean();
    private volatile boolean closed;

    SingleChannel(MigrationAddress address, ChannelConnector opening) {
        this.address = address;
        this.opening = opening;
    }

    @Override
    public ByteChannel connect() throws IOException {
        if (opened.getAndSet(true)) {
            throw new IOException(address + ": has only one channel");
        }
        return opening.connect();
    }

    @Override
    public ByteChannel accept() throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        return connect();
    }

    @Override
    public MigrationAddress address() {
        return address;
    }

    @Override
    public void close() {
        closed = true;
    }
}
