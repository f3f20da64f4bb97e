// SPDX-License-Identifier: Apache-2.0
package org.vmstate.transport;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.vmstate.migration.ChannelConnector;

/// An address that a machine is migrated to or from, in QEMU's syntax.
///
/// | syntax | connecting | listening |
/// |---|---|---|
/// | `tcp:HOST:PORT`, `tcp:[IPv6]:PORT` | connects to a port | listens on a port; 0 is any free one |
/// | `unix:PATH` | connects to a Unix socket | creates a Unix socket |
/// | `file:PATH[,offset=N]` | creates a file, or writes to it at an offset | reads a file |
/// | `exec:COMMAND` | writes to a command's standard input | reads a command's standard output |
///
/// An empty HOST is the loopback address, for which QEMU would listen on all addresses: data leaves
/// this machine only for an address that is named ([#local()]).
///
/// QEMU: `migrate_uri_parse`.
public sealed interface MigrationAddress {
    /// A TCP port.
    ///
    /// @param host a name, or a literal address without brackets
    /// @param port 0 to 65535
    record Tcp(String host, int port) implements MigrationAddress {
        /// Checks the port.
        ///
        /// @throws IllegalArgumentException if the port is not 0 to 65535, or the host is empty
        public Tcp {
            if (host.isEmpty() || port < 0 || port > 0xffff) {
                throw new IllegalArgumentException("host '" + host + "', port " + port);
            }
        }

        @Override
        public String toString() {
            return "tcp:" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /// A Unix socket.
    record Unix(Path path) implements MigrationAddress {
        @Override
        public String toString() {
            return "unix:" + path;
        }
    }

    /// A file.
    ///
    /// @param offset the offset of the stream's first byte in the file
    record File(Path path, long offset) implements MigrationAddress {
        /// Checks the offset.
        ///
        /// @throws IllegalArgumentException if the offset is negative
        public File {
            if (offset < 0) {
                throw new IllegalArgumentException("offset " + offset);
            }
        }

        @Override
        public String toString() {
            return "file:" + path + (offset == 0 ? "" : ",offset=" + offset);
        }
    }

    /// A command for `/bin/sh`.
    record Exec(String command) implements MigrationAddress {
        /// Checks that it is not null.
        public Exec {
            Objects.requireNonNull(command);
        }

        @Override
        public String toString() {
            return "exec:" + command;
        }
    }

    /// Parses an address.
    ///
    /// @throws IllegalArgumentException with the address and the reason if it is not one
    static MigrationAddress parse(String text) {
        return AddressParser.parse(text);
    }

    /// Whether the data does not leave this machine: the address is not a TCP port, or it is one of
    /// `localhost` or of a literal loopback address. Names are not looked up.
    default boolean local() {
        return !(this instanceof Tcp tcp) || Sockets.loopback(tcp.host());
    }

    /// A connector to this address. For a file or command it opens a single channel.
    ///
    /// Its channels gather and scatter ([java.nio.channels.GatheringByteChannel]) if this is a
    /// socket or a file. Their exceptions contain the address.
    default ChannelConnector connector() {
        return switch (this) {
            case Tcp tcp -> () -> Sockets.connect(tcp);
            case Unix unix -> () -> Sockets.connect(unix);
            case File file -> new SingleChannel(this, () -> FileChannels.create(file));
            case Exec exec -> new SingleChannel(this, () -> CommandChannel.start(exec));
        };
    }

    /// Listens at this address. For a file or command a single channel is accepted.
    ///
    /// The socket file of a Unix socket can be used only by its owner, and is deleted when the
    /// acceptor is closed. One that a killed process left is replaced; it is an exception if
    /// somebody listens there, or if the file is not a socket.
    default BoundAcceptor listen() throws IOException {
        return switch (this) {
            case Tcp tcp -> Sockets.listen(tcp);
            case Unix unix -> Sockets.listen(unix);
            case File file -> new SingleChannel(this, () -> FileChannels.open(file));
            case Exec exec -> new SingleChannel(this, () -> CommandChannel.start(exec));
        };
    }
}
