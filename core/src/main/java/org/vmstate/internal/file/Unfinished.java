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

/// The temporary files of this process for outputs that are not complete, and the deletion of those
/// that killed processes left.
///
/// The name of a file is `.vmstate-`, 16 hexadecimal digits, `.tmp`; that of a folder is the same
/// with `.dir` instead of `.tmp`. The process holds a lock on the file while it uses the file or
/// the folder. A file without a lock is therefore a leftover.
final class Unfinished {
    private static final Pattern NAME = Pattern.compile("\\.vmstate-[0-9a-f]{16}\\.tmp");
    private static final int MAX_TRIES = 100;

    private static final Set<Path> FILES = ConcurrentHashMap.newKeySet();
    private static final Set<Path> SWEPT = ConcurrentHashMap.newKeySet();
    private static boolean ended;

    private Unfinished() {}

    /// A change of the file system that either happens completely or not at all when the process
    /// ends.
    @FunctionalInterface
    interface Change {
        void run() throws IOException;
    }

    /// An open temporary file.
    record Created(Path path, FileChannel channel) {}

    /// Creates a locked file in the folder `given`, and deletes the leftovers in that folder.
    ///
    /// @param ownerOnly whether only the owner may read the file
    static Created create(Path given, boolean ownerOnly) throws IOException {
        Path folder = given.toRealPath(); // a unique path per file, because FILES compares paths
        sweep(folder);
        for (int i = 0; ; i++) {
            Path path = folder.resolve(newName());
            try {
                FileChannel channel = open(path, ownerOnly);
                if (lock(channel) && Files.exists(path)) {
                    return new Created(path, channel);
                }
                channel.close(); // another process deleted it before it was locked
                remove(path);
            } catch (FileAlreadyExistsException e) {
                // Try another name.
            }
            if (i == MAX_TRIES) {
                throw new IOException("no name is free for a temporary file in " + folder);
            }
        }
    }

    /// Opens a file in the folder `given` and deletes its name.
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

    /// Locks a file until it is closed; returns false if another process holds the lock. If the
    /// file system does not support locks, no file is deleted as a leftover.
    private static boolean lock(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (IOException e) {
            return true;
        }
    }

    /// The folder that belongs to a temporary file.
    static Path folderOf(Path file) {
        String name = String.valueOf(file.getFileName());
        return file.resolveSibling(name.substring(0, name.lastIndexOf('.')) + ".dir");
    }

    /// Runs a change; throws if the process is ending.
    static synchronized void change(Change change) throws IOException {
        if (ended) {
            throw new IOException("the process is ending");
        }
        change.run();
    }

    /// Called when a temporary file was renamed.
    static void forget(Path file) {
        FILES.remove(file);
    }

    /// Deletes a temporary file and the folder that belongs to it.
    static void remove(Path file) throws IOException {
        removeTree(folderOf(file));
        Files.deleteIfExists(file);
        FILES.remove(file);
    }

    /// Makes further attempts to create or complete a temporary file fail.
    static synchronized void end() {
        ended = true;
    }

    /// Deletes all temporary files of this process.
    static synchronized void removeAll() {
        for (Path file : FILES) {
            try {
                remove(file);
            } catch (IOException e) {
                // The process is ending, so the failure cannot be reported.
            }
        }
    }

    /// Deletes the leftovers in a folder, once per folder.
    private static void sweep(Path folder) {
        if (!SWEPT.add(folder)) {
            return;
        }
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(
                        folder,
                        file -> NAME.matcher(String.valueOf(file.getFileName())).matches())) {
            for (Path file : files) {
                if (!FILES.contains(file)) { // closing another channel of it would release the lock
                    removeLeftover(file);
                }
            }
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            // A process that may not list a folder could not delete files in it either.
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
            // Another process uses it, or this one may not open it.
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
