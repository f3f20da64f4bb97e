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

/// An input file that is mapped into memory as a whole.
///
/// An access to a mapped page fails if the file has become shorter, or if the disk is too full to
/// store the page. The JVM then throws an [InternalError] in the thread of the access; in compiled
/// code it does so some instructions later. Each class that maps files, or accesses mapped memory,
/// converts the error with [#fault(InternalError)] to an exception that names the file.
///
/// Safe for use by several threads.
public final class MappedFile implements AutoCloseable {
    private static final Set<MappedFile> OPEN = ConcurrentHashMap.newKeySet();

    /// The message of EFAULT: a system call accessed mapped memory that is no longer in the file.
    private static final String BAD_ADDRESS = "Bad address";

    private static volatile @Nullable Path lastShorter;

    /// The name of the last scratch file that was mapped.
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

    /// The content of the file, valid until this is closed.
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

    /// Returns the exception to throw for a failed access to mapped memory.
    ///
    /// @throws InternalError `error`, if it has another cause
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

    /// Sets the name of a mapped scratch file for messages. An access to it fails if its disk is
    /// full.
    static void scratch(String name) {
        scratch = name;
    }

    /// Returns the exception to throw for a failed write of mapped memory to a channel.
    static IOException fault(IOException failure) {
        Path path = BAD_ADDRESS.equals(failure.getMessage()) ? shorter() : null;
        return path == null ? failure : becameShorter(path);
    }

    /// Returns an exception if a mapped file of this process became shorter since the last call.
    /// Data read from such a file may be wrong even if no access failed.
    public static Optional<IOException> becameShorter() {
        shorter();
        Path path = lastShorter;
        lastShorter = null;
        return path == null ? Optional.empty() : Optional.of(becameShorter(path));
    }

    /// Throws the exception of [#becameShorter()], if any.
    public static void throwIfShorter() throws IOException {
        Optional<IOException> shorter = becameShorter();
        if (shorter.isPresent()) {
            throw shorter.get();
        }
    }

    /// Throws if the file from which `part` is mapped became shorter. To be called before an error
    /// in its data is reported, because the data may be wrong.
    public static void throwIfShorter(MemorySegment part) throws IOException {
        for (MappedFile mapped : OPEN) {
            long at = part.address() - mapped.memory.address();
            if (at >= 0 && at <= mapped.memory.byteSize() && mapped.isShorter()) {
                throw becameShorter(mapped.path);
            }
        }
    }

    /// Creates the exception for an input that became shorter.
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
        boolean interrupted = Thread.interrupted(); // an interrupted thread would close the channel
        try {
            if (file.size() < memory.byteSize()) {
                lastShorter = path;
                return true;
            }
        } catch (ClosedByInterruptException e) {
            interrupted = true;
        } catch (IOException e) {
            // The size is unknown, so nothing is reported.
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        return false;
    }
}
