// SPDX-License-Identifier: Apache-2.0
package org.vmstate.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/// The file of a Unix socket that this process listens at.
///
/// The socket is created in a folder that only the owner can enter, then its mode is set and it is
/// moved to its place, so that no other user can connect in between.
///
/// @param key identifies the file, so that a later file of the same name is not deleted
record SocketFile(Path path, Object key) {
    private static final int FILE_TYPE = 0xf000;
    private static final int SOCKET = 0xc000;

    /// The flags of a listening socket in the kernel's list.
    private static final String LISTENING = " 00010000 ";

    /// Creates the file of a server.
    static SocketFile bind(ServerSocketChannel server, Path path) throws IOException {
        Path folder =
                path.resolveSibling(
                        ".v" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt()));
        try {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(owner("rwx------")));
        } catch (NoSuchFileException e) {
            throw new FileSystemException(path.toString(), null, "there is no such folder");
        }
        Path socket = folder.resolve("s");
        try {
            server.bind(UnixDomainSocketAddress.of(socket));
            Files.setPosixFilePermissions(socket, owner("rw-------"));
            Object key = key(socket);
            Files.move(socket, path, StandardCopyOption.ATOMIC_MOVE);
            return new SocketFile(path, key);
        } finally {
            Files.deleteIfExists(socket);
            Files.deleteIfExists(folder);
        }
    }

    private static Set<PosixFilePermission> owner(String mode) {
        return PosixFilePermissions.fromString(mode);
    }

    private static Object key(Path file) throws IOException {
        return String.valueOf(Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS));
    }

    /// Deletes a socket at which nobody listens any more; throws if somebody does, or if it is not
    /// a socket.
    static void removeLeftover(Path path) throws IOException {
        Integer mode;
        try {
            mode = (Integer) Files.getAttribute(path, "unix:mode");
        } catch (NoSuchFileException e) {
            return;
        }
        if ((mode & FILE_TYPE) != SOCKET) {
            throw new IOException("the file exists and is not a socket");
        }
        if (listed(path)) {
            throw listens();
        }
        try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            throw listens();
        } catch (ConnectException e) {
            Files.deleteIfExists(path);
        }
    }

    private static IOException listens() {
        return new IOException("another program listens there");
    }

    /// Whether the kernel's list contains the socket. A QEMU that waits there for a migration would
    /// take a connection for its source, so it is not connected to if possible.
    private static boolean listed(Path path) {
        Path list = Path.of("/proc/net/unix");
        String name = " " + path.toAbsolutePath();
        try (Stream<String> sockets = Files.lines(list, StandardCharsets.ISO_8859_1)) {
            return sockets.anyMatch(line -> line.contains(LISTENING) && line.endsWith(name));
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }

    /// Deletes the file, unless another one has replaced it.
    void delete() throws IOException {
        try {
            if (key.equals(key(path))) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException e) {
            // deleted by another program
        }
    }
}
