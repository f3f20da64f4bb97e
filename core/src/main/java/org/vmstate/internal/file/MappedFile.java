// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.file;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// An input file that is mapped as a whole.
///
/// An access to mapped memory whose page the file no longer has, or that the disk has no room for,
/// is an [InternalError] in the thread that touched it, and compiled code raises it only some
/// instructions later. Each class that maps files, or works on mapped memory, turns it into the
/// exception of [#fault(InternalError)], which names the file.
///
/// Safe for use by several threads.
public final class MappedFile implements AutoCloseable {
    private static final Set<MappedFile> OPEN = ConcurrentHashMap.newKeySet();

    /// The kernel's EFAULT: it was given mapped memory that is not in the file.
    private static final String BAD_ADDRESS = "Bad address";

    private static volatile @Nullable Path lastShorter;

    /// The name of the scratch file that was mapped last.
    private static volatile String scratch = "a mapped file";

    private final Path path;
    private final FileChannel file;
    private final Arena arena;
    private final MemorySegment memory;

    private MappedFile(Path path, FileChannel file, Arena arena) throws IOException {
        this.path = path;
        this.file = file;
        this.arena = arena;
        this.memory = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size(), arena);
    }

    /// Maps a regular file or a block device.
    @SuppressWarnings("MustBeClosedChecker") // the arena is closed with the file
    public static MappedFile open(Path path) throws IOException {
        FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
        Arena arena = Arena.ofShared();
        try {
            MappedFile mapped = new MappedFile(path, file, arena);
            OPEN.add(mapped);
            return mapped;
        } catch (IOException | RuntimeException | Error e) {
            arena.close();
            file.close();
            throw e;
        }
    }

    /// The bytes, valid until this is closed.
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public void close() throws IOException {
        if (OPEN.remove(this)) {
            isShorter();
            arena.close();
            file.close();
        }
    }

    /// The exception to throw for a failed access to mapped memory.
    ///
    /// @throws InternalError `error`, if it is something else
    public static IOException fault(InternalError error) {
        if (!String.valueOf(error.getMessage()).contains("unsafe memory access")) {
            throw error;
        }
        Path path = shorter();
        IOException fault =
                path == null
                        ? new FileSystemException(
                                scratch, null, "cannot be accessed, or its disk is full")
                        : becameShorter(path);
        fault.addSuppressed(error);
        return fault;
    }

    /// Notes that a scratch file is mapped, for messages: an access to it fails if its disk is
    /// full.
    static void scratch(String name) {
        scratch = name;
    }

    /// The exception to throw for one of a channel that was given mapped memory to write.
    static IOException fault(IOException failure) {
        Path path = BAD_ADDRESS.equals(failure.getMessage()) ? shorter() : null;
        return path == null ? failure : becameShorter(path);
    }

    /// What to say if any mapped file of this process became shorter while it was open, unless this
    /// was asked since. Bytes that were read of such a file may have been wrong before an access
    /// failed.
    public static Optional<IOException> becameShorter() {
        shorter();
        Path path = lastShorter;
        lastShorter = null;
        return path == null ? Optional.empty() : Optional.of(becameShorter(path));
    }

    /// Throws what [#becameShorter()] returns, if anything.
    public static void throwIfShorter() throws IOException {
        Optional<IOException> shorter = becameShorter();
        if (shorter.isPresent()) {
            throw shorter.get();
        }
    }

    /// Throws if the file that `part` is mapped from became shorter than it was, so that what was
    /// read of it may be wrong. For those who found something wrong.
    public static void throwIfShorter(MemorySegment part) throws IOException {
        for (MappedFile mapped : OPEN) {
            long at = part.address() - mapped.memory.address();
            if (at >= 0 && at <= mapped.memory.byteSize() && mapped.isShorter()) {
                throw becameShorter(mapped.path);
            }
        }
    }

    /// The exception for an input that became shorter.
    public static FileSystemException becameShorter(Path path) {
        return new FileSystemException(path.toString(), null, "became shorter while it was read");
    }

    private static @Nullable Path shorter() {
        for (MappedFile mapped : OPEN) {
            if (mapped.isShorter()) {
                return mapped.path;
            }
        }
        return null;
    }

    private boolean isShorter() {
        boolean interrupted = Thread.interrupted(); // a channel would close itself
        try {
            if (file.size() < memory.byteSize()) {
                lastShorter = path;
                return true;
            }
        } catch (ClosedByInterruptException e) {
            interrupted = true;
        } catch (IOException e) {
            // Nothing is known of its length then.
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        return false;
    }
}
