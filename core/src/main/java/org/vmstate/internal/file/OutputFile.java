// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A file that appears under its name when it is complete, or not at all.
///
/// The bytes are written to a temporary file beside the target; [#commit()] writes it to the disk
/// (fsync) and renames it to the target. Closing without a commit removes the temporary file and
/// leaves the target as it was. A target that is not a regular file (a device such as `/dev/null`,
/// a named pipe) is written directly.
///
/// A program that may be interrupted calls [#removeUnfinished()] from a shutdown hook of its own:
/// the library installs none. A process that is killed leaves the temporary file behind.
public final class OutputFile implements AutoCloseable {
    private static final Set<Path> UNFINISHED = ConcurrentHashMap.newKeySet();

    private final Path target;
    private final Path unfinished;
    private final FileChannel channel;
    private boolean committed;

    private OutputFile(Path target, Path unfinished, FileChannel channel) {
        this.target = target;
        this.unfinished = unfinished;
        this.channel = channel;
    }

    /// Creates the temporary file for `target`, which may exist; links are followed.
    public static OutputFile create(Path target) throws IOException {
        Path real = Files.exists(target) ? target.toRealPath() : target.toAbsolutePath();
        Path name = real.getFileName();
        if (name == null || Files.isDirectory(real)) {
            throw new IOException(target + " is a directory");
        }
        if (Files.exists(real) && !Files.isRegularFile(real)) {
            return new OutputFile(real, real, FileChannel.open(real, StandardOpenOption.WRITE));
        }
        Path unfinished =
                real.resolveSibling("." + name + "." + ProcessHandle.current().pid() + ".tmp");
        Files.deleteIfExists(unfinished);
        UNFINISHED.add(unfinished);
        FileChannel channel =
                FileChannel.open(
                        unfinished,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        return new OutputFile(real, unfinished, channel);
    }

    /// The channel to write the contents to.
    public FileChannel channel() {
        return channel;
    }

    /// Completes the file: fsync, close, rename, fsync of the directory.
    public void commit() throws IOException {
        if (unfinished.equals(target)) {
            channel.close();
            committed = true;
            return;
        }
        channel.force(true);
        channel.close();
        Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
        committed = true;
        UNFINISHED.remove(unfinished);
        Path directory = target.getParent();
        if (directory != null) {
            try (FileChannel entries = FileChannel.open(directory, StandardOpenOption.READ)) {
                entries.force(true);
            }
        }
    }

    /// Removes the temporary file unless it was committed.
    @Override
    public void close() throws IOException {
        if (!committed) {
            channel.close();
            if (!unfinished.equals(target)) {
                Files.deleteIfExists(unfinished);
                UNFINISHED.remove(unfinished);
            }
        }
    }

    /// Removes the temporary files of this process that are neither committed nor closed. For the
    /// end of the process: the files must not be used afterwards.
    public static void removeUnfinished() {
        for (Path file : UNFINISHED) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                // The process ends; nobody is left to report to.
            }
        }
    }
}
