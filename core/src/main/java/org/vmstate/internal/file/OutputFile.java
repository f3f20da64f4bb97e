// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.file;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An output file that is created, or replaced, only when it is complete.
///
/// The data is written to a temporary file in the same folder. [#commit()] forces it to the disk
/// (fsync) and renames it to the target; mode, owner and group of a replaced target are kept as far
/// as the process may set them. Closing without a commit deletes the temporary file and leaves the
/// target unchanged. Symbolic links are followed, also to a file that does not exist yet. A target
/// that is not a regular file (a device such as `/dev/null`, a pipe, `/dev/fd/N`) is written
/// directly.
///
/// The library does not install a shutdown hook. A program that may be interrupted calls
/// [#refuseFurther()] and [#removeUnfinished()] in a hook of its own. The temporary files of a
/// killed process are deleted by the next one that writes to the same folder.
public final class OutputFile implements AutoCloseable {
    private final Path given;
    private final Path target;
    private final @Nullable Path unfinished;
    private final FileChannel channel;
    private final @Nullable Ownership replaced;
    private boolean committed;

    private OutputFile(
            Path given,
            Path target,
            @Nullable Path unfinished,
            FileChannel channel,
            @Nullable Ownership replaced) {
        this.given = given;
        this.target = target;
        this.unfinished = unfinished;
        this.channel = channel;
        this.replaced = replaced;
    }

    /// Creates the temporary file for `target`, which may exist. Links are followed.
    public static OutputFile create(Path target) throws IOException {
        Target real = Target.of(target);
        if (real.direct()) {
            FileChannel channel = FileChannel.open(real.path(), StandardOpenOption.WRITE);
            return new OutputFile(
                    target, real.path(), null, new NamedChannel(channel, target.toString()), null);
        }
        try {
            Ownership replaced = Files.exists(real.path()) ? Ownership.of(real.path()) : null;
            if (replaced != null && !Files.isWritable(real.path())) {
                throw new AccessDeniedException(target.toString());
            }
            Unfinished.Created created = Unfinished.create(real.folder(), replaced != null);
            return new OutputFile(
                    target,
                    real.path(),
                    created.path(),
                    new NamedChannel(created.channel(), target.toString()),
                    replaced);
        } catch (FileSystemException e) {
            throw failure(target, e);
        }
    }

    /// The folder for further temporary files while `target` is written: the folder of `target`, or
    /// `other` if `target` is not a regular file.
    public static Path scratchFolder(Path target, Path other) throws IOException {
        Target real = Target.of(target);
        return real.direct() ? other : real.folder();
    }

    /// Creates an exception that names the target instead of the temporary file.
    static IOException failure(Path target, FileSystemException e) {
        FileSystemException failure =
                switch (e) {
                    case NoSuchFileException _ ->
                            new FileSystemException(
                                    target.toString(), null, "there is no such folder");
                    case AccessDeniedException _ -> new AccessDeniedException(target.toString());
                    default -> new FileSystemException(target.toString(), null, e.getReason());
                };
        failure.initCause(e);
        return failure;
    }

    /// The channel to which the content is written.
    public FileChannel channel() {
        return channel;
    }

    /// The channel to which the content is written sequentially. It is a [FileChannel], in which
    /// holes can be left, only if the output is a file.
    public WritableByteChannel sequential() {
        return seekable() ? channel : Channels.newChannel(Channels.newOutputStream(channel));
    }

    /// Whether data can be written at any position, as in a file but not in a pipe.
    public boolean seekable() {
        if (unfinished != null) {
            return true;
        }
        try {
            channel.position();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /// Completes the file: fsync, close, rename, fsync of the folder.
    public void commit() throws IOException {
        commit(List.of(this));
    }

    /// Completes several files that belong together. If the process is killed meanwhile, none, some
    /// or all of the new files exist, but never an old file beside a new one: all old files are
    /// deleted before the first new one is created.
    public static void commit(List<OutputFile> files) throws IOException {
        for (OutputFile file : files) {
            file.complete();
        }
        Unfinished.change(
                () -> {
                    for (OutputFile file : files) {
                        if (files.size() > 1 && file.unfinished != null) {
                            Files.deleteIfExists(file.target);
                        }
                    }
                    for (OutputFile file : files) {
                        file.rename();
                    }
                });
        for (OutputFile file : files) {
            file.channel.close();
            file.forceFolder();
        }
    }

    private void complete() throws IOException {
        if (unfinished != null) {
            if (replaced != null) {
                replaced.applyTo(unfinished);
            }
            channel.force(true);
        }
    }

    private void rename() throws IOException {
        if (unfinished != null) {
            try {
                Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileSystemException e) {
                throw failure(given, e);
            }
            Unfinished.forget(unfinished);
        }
        committed = true;
    }

    private void forceFolder() throws IOException {
        Path folder = target.getParent();
        if (unfinished != null && folder != null) {
            force(folder);
        }
    }

    /// Forces the entries of a folder to the disk.
    static void force(Path folder) throws IOException {
        try (FileChannel entries = FileChannel.open(folder, StandardOpenOption.READ)) {
            entries.force(true);
        }
    }

    /// Deletes the temporary file unless it was committed.
    @Override
    public void close() throws IOException {
        if (!committed && unfinished != null) {
            Unfinished.remove(
                    unfinished); // before the lock is released, so that no other process deletes it
        }
        channel.close();
    }

    /// Deletes the temporary files of this process that are neither committed nor closed. Their
    /// objects must not be used afterwards.
    public static void removeUnfinished() {
        Unfinished.removeAll();
    }

    /// Makes all further attempts to create or complete a file fail. To be called when the process
    /// ends, before [#removeUnfinished()].
    public static void refuseFurther() {
        Unfinished.end();
    }
}
