// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// A file that comes into being as a whole or not at all.
///
/// What is written goes to a file beside the target; [#commit()] brings it to the disk and gives it
/// the target's name. Closing without that leaves the old file, or none, and so does a signal that
/// ends the program (one that kills it leaves the hidden file beside the target). What is no
/// regular file (a device such as `/dev/null`, a named pipe) is written to as it is.
public final class OutputFile implements AutoCloseable {
    private final Path target;
    private final Path unfinished;
    private final FileChannel channel;
    private boolean committed;

    private OutputFile(Path target, Path unfinished, FileChannel channel) {
        this.target = target;
        this.unfinished = unfinished;
        this.channel = channel;
    }

    /// Begins a file that will have the name `target`, which may exist; links are followed.
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
        Unfinished.add(unfinished);
        FileChannel channel =
                FileChannel.open(
                        unfinished,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        return new OutputFile(real, unfinished, channel);
    }

    /// Where to write.
    public FileChannel channel() {
        return channel;
    }

    /// Makes the file final: fsync, close, rename, fsync of the folder.
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
        Unfinished.remove(unfinished);
        Path folder = target.getParent();
        if (folder != null) {
            try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
                directory.force(true);
            }
        }
    }

    /// Removes what was not committed.
    @Override
    public void close() throws IOException {
        if (!committed) {
            channel.close();
            if (!unfinished.equals(target)) {
                Files.deleteIfExists(unfinished);
                Unfinished.remove(unfinished);
            }
        }
    }
}
