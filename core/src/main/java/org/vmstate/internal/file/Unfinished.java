// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/// The temporary files of this process beside the files they will become, and the removal of those
/// of a process that was killed.
///
/// A file is called `.vmstate-`, 16 hexadecimal digits, `.tmp`; a folder has the name of its file,
/// with `.dir` at the end. The process holds a lock on the file as long as it needs either. So a
/// file without a lock is a leftover.
final class Unfinished {
    private static final Pattern NAME = Pattern.compile("\\.vmstate-[0-9a-f]{16}\\.tmp");
    private static final int MAX_TRIES = 100;

    private static final Set<Path> FILES = ConcurrentHashMap.newKeySet();
    private static final Set<Path> SWEPT = ConcurrentHashMap.newKeySet();
    private static boolean ended;

    private Unfinished() {}

    /// A change of the file system that is done as a whole or not at all when the process ends.
    @FunctionalInterface
    interface Change {
        void run() throws IOException;
    }

    /// An open temporary file.
    record Created(Path path, FileChannel channel) {}

    /// Creates a file in the folder `given`, locked, and removes what other processes left there.
    ///
    /// @param ownerOnly whether nobody else may read it
    static Created create(Path given, boolean ownerOnly) throws IOException {
        Path folder = given.toRealPath(); // one name for each file, to know our own by
        sweep(folder);
        for (int i = 0; ; i++) {
            Path path = folder.resolve(newName());
            try {
                FileChannel channel = open(path, ownerOnly);
                if (lock(channel) && Files.exists(path)) {
                    return new Created(path, channel);
                }
                channel.close(); // another process took it for a leftover
                remove(path);
            } catch (FileAlreadyExistsException e) {
                // Another name, then.
            }
            if (i == MAX_TRIES) {
                throw new IOException("no name is free for a temporary file in " + folder);
            }
        }
    }

    /// Opens a file of the folder `given` that has no name any more when this returns.
    static FileChannel scratch(Path given) throws IOException {
        Path folder = given.toRealPath();
        sweep(folder);
        for (int i = 0; ; i++) {
            Path path = folder.resolve(newName());
            try {
                return open(path, true, StandardOpenOption.DELETE_ON_CLOSE);
            } catch (FileAlreadyExistsException e) {
                if (i == MAX_TRIES) {
                    throw e;
                }
            }
        }
    }

    private static String newName() {
        return ".vmstate-"
                + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong())
                + ".tmp";
    }

    private static synchronized FileChannel open(
            Path path, boolean ownerOnly, OpenOption... further) throws IOException {
        if (ended) {
            throw new IOException("the process is ending");
        }
        Set<OpenOption> options =
                new java.util.HashSet<>(
                        Set.of(
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE));
        options.addAll(Set.of(further));
        boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] attributes =
                ownerOnly && posix
                        ? new FileAttribute<?>[] {
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rw-------"))
                        }
                        : new FileAttribute<?>[0];
        if (further.length == 0) {
            FILES.add(path);
        }
        try {
            return FileChannel.open(path, options, attributes);
        } catch (IOException | RuntimeException e) {
            FILES.remove(path);
            throw e;
        }
    }

    /// Locks a file for as long as it is open; false if another process holds the lock. Where the
    /// file system has no locks, nothing is ever taken for a leftover.
    private static boolean lock(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (IOException e) {
            return true;
        }
    }

    /// The folder that goes with a temporary file.
    static Path folderOf(Path file) {
        String name = String.valueOf(file.getFileName());
        return file.resolveSibling(name.substring(0, name.lastIndexOf('.')) + ".dir");
    }

    /// Runs a change, unless the process is ending.
    static synchronized void change(Change change) throws IOException {
        if (ended) {
            throw new IOException("the process is ending");
        }
        change.run();
    }

    /// Notes that a temporary file has become something else.
    static void forget(Path file) {
        FILES.remove(file);
    }

    /// Removes a temporary file and the folder that goes with it.
    static void remove(Path file) throws IOException {
        removeTree(folderOf(file));
        Files.deleteIfExists(file);
        FILES.remove(file);
    }

    /// Refuses to create any further temporary file, and to complete one.
    static synchronized void end() {
        ended = true;
    }

    /// Removes all temporary files of this process.
    static synchronized void removeAll() {
        for (Path file : FILES) {
            try {
                remove(file);
            } catch (IOException e) {
                // The process ends; nobody is left to report to.
            }
        }
    }

    /// Removes what processes that were killed left in a folder; once for each folder.
    private static void sweep(Path folder) {
        if (!SWEPT.add(folder)) {
            return;
        }
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(
                        folder,
                        file -> NAME.matcher(String.valueOf(file.getFileName())).matches())) {
            for (Path file : files) {
                if (!FILES.contains(file)) { // opening it would give up the lock
                    removeLeftover(file);
                }
            }
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            // Who may not list a folder has no leftovers there that he could remove.
        }
    }

    private static void removeLeftover(Path file) {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (FileChannel channel =
                        FileChannel.open(
                                file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                FileLock lock = channel.tryLock()) {
            if (lock != null) {
                removeTree(folderOf(file));
                Files.deleteIfExists(file);
            }
        } catch (IOException | OverlappingFileLockException e) {
            // Somebody uses it, or owns it who is not us.
        }
    }

    private static void removeTree(Path folder) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.deleteIfExists(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path directory,
                            java.io.@org.jspecify.annotations.Nullable IOException e)
                            throws IOException {
                        Files.deleteIfExists(directory);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
