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

/// A file that appears under its name when it is complete, or not at all.
///
/// The bytes are written to a temporary file beside the target; [#commit()] writes it to the disk
/// (fsync) and renames it to the target, whose mode, owner and group it takes as far as the process
/// may set them. Closing without a commit removes the temporary file and leaves the target as it
/// was. Symbolic links are followed, also where they end at a file that does not exist yet. A
/// target that is not a regular file (a device such as `/dev/null`, a pipe, `/dev/fd/N`) is written
/// directly.
///
/// A program that may be interrupted calls [#refuseFurther()] and [#removeUnfinished()] from a
/// shutdown hook of its own: the library installs none. What a process leaves that is killed is
/// removed by the next one that writes into the same folder.
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

    /// Creates the temporary file for `target`, which may exist; links are followed.
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

    /// The folder for the temporary files that are needed while `target` is written: its own, which
    /// has room for it, or `other` if it is no regular file.
    public static Path scratchFolder(Path target, Path other) throws IOException {
        Target real = Target.of(target);
        return real.direct() ? other : real.folder();
    }

    /// A failure that names the file as the caller did, not the temporary one.
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

    /// The channel to write the contents to.
    public FileChannel channel() {
        return channel;
    }

    /// The channel to write the contents to in their order: one that is a [FileChannel], which may
    /// leave holes, only if this is a file.
    public WritableByteChannel sequential() {
        return seekable() ? channel : Channels.newChannel(Channels.newOutputStream(channel));
    }

    /// Whether bytes can be written at any position: it is a file, not a pipe.
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

    /// Completes the file: fsync, close, rename, fsync of the directory.
    public void commit() throws IOException {
        commit(List.of(this));
    }

    /// Completes files that belong together. A process that is killed meanwhile leaves none, some
    /// or all of them, and none of those that they replace beside a new one: the old ones are
    /// removed before the first new one appears.
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

    /// Brings the names in a folder to the disk.
    static void force(Path folder) throws IOException {
        try (FileChannel entries = FileChannel.open(folder, StandardOpenOption.READ)) {
            entries.force(true);
        }
    }

    /// Removes the temporary file unless it was committed.
    @Override
    public void close() throws IOException {
        if (!committed && unfinished != null) {
            Unfinished.remove(unfinished); // while it is locked, so that it is nobody's leftover
        }
        channel.close();
    }

    /// Removes the temporary files of this process that are neither committed nor closed, which
    /// must not be used afterwards.
    public static void removeUnfinished() {
        Unfinished.removeAll();
    }

    /// Has all further attempts to create or complete a file fail. For the end of the process,
    /// before [#removeUnfinished()].
    public static void refuseFurther() {
        Unfinished.end();
    }
}
