// SPDX-License-Identifier: Apache-2.0
package org.vmstate.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/// Connects and listens at TCP ports and Unix sockets.
final class Sockets {
    private Sockets() {}

    /// Whether a host is `localhost` or a literal loopback address.
    static boolean loopback(String host) {
        if (host.equalsIgnoreCase("localhost")) {
            return true;
        }
        try {
            return InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /// Connects to the first address of the host that accepts.
    static ByteChannel connect(MigrationAddress.Tcp tcp) throws IOException {
        IOException failure = null;
        for (InetAddress host : addresses(tcp)) {
            try {
                return connect(tcp, new InetSocketAddress(host, tcp.port()));
            } catch (IOException e) {
                failure = e;
            }
        }
        throw failure == null ? new IOException(tcp + ": unknown host") : failure;
    }

    static ByteChannel connect(MigrationAddress.Unix unix) throws IOException {
        return connect(unix, UnixDomainSocketAddress.of(unix.path()));
    }

    @SuppressWarnings("MustBeClosedChecker") // the caller closes the result
    private static ByteChannel connect(MigrationAddress address, SocketAddress at)
            throws IOException {
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(at);
            return connected(channel, address);
        } catch (IOException e) {
            if (channel != null) {
                channel.close();
            }
            throw AddressChannel.named(address, e);
        }
    }

    private static ByteChannel connected(SocketChannel channel, MigrationAddress address)
            throws IOException {
        if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
        return new AddressChannel<>(channel, address);
    }

    static BoundAcceptor listen(MigrationAddress.Tcp tcp) throws IOException {
        ServerSocketChannel server = null;
        try {
            server = ServerSocketChannel.open();
            server.bind(new InetSocketAddress(addresses(tcp)[0], tcp.port()));
            int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
            return new Acceptor(server, new MigrationAddress.Tcp(tcp.host(), port), null);
        } catch (IOException e) {
            if (server != null) {
                server.close();
            }
            throw AddressChannel.named(tcp, e);
        }
    }

    static BoundAcceptor listen(MigrationAddress.Unix unix) throws IOException {
        ServerSocketChannel server = null;
        try {
            SocketFile.removeLeftover(unix.path());
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            return new Acceptor(server, unix, SocketFile.bind(server, unix.path()));
        } catch (IOException e) {
            if (server != null) {
                server.close();
            }
            throw AddressChannel.named(unix, e);
        }
    }

    private static InetAddress[] addresses(MigrationAddress.Tcp tcp) throws IOException {
        try {
            return InetAddress.getAllByName(tcp.host());
        } catch (UnknownHostException e) {
            throw new IOException(tcp + ": unknown host", e);
        }
    }

    /// An acceptor of connections to a listening socket.
    private static final class Acceptor implements BoundAcceptor {
        private final ServerSocketChannel server;
        private final MigrationAddress address;
        private final @Nullable SocketFile file;

        Acceptor(ServerSocketChannel server, MigrationAddress address, @Nullable SocketFile file) {
            this.server = server;
            this.address = address;
            this.file = file;
        }

        @Override
        public ByteChannel accept() throws IOException {
            try {
                return connected(server.accept(), address);
            } catch (IOException e) {
                throw AddressChannel.named(address, e);
            }
        }

        @Override
        public MigrationAddress address() {
            return address;
        }

        @Override
        public void close() throws IOException {
            if (file != null) {
                file.delete();
            }
            server.close();
        }
    }
}
