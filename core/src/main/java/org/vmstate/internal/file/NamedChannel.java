// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.file;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystemException;

/// A file channel whose exceptions contain the name of the file. The messages of the JDK's channels
/// are only "No space left on device" and the like.
final class NamedChannel extends FileChannel {
    /// An operation of a channel.
    @FunctionalInterface
    private interface Operation<T> {
        T run() throws IOException;
    }

    private final FileChannel file;
    private final String name;

    NamedChannel(FileChannel file, String name) {
        this.file = file;
        this.name = name;
    }

    private <T> T named(Operation<T> operation) throws IOException {
        try {
            return operation.run();
        } catch (IOException e) {
            throw named(e);
        }
    }

    private IOException named(IOException e) {
        IOException failure = MappedFile.fault(e);
        if (failure instanceof ClosedChannelException || failure instanceof FileSystemException) {
            return failure;
        }
        FileSystemException named = new FileSystemException(name, null, failure.getMessage());
        named.initCause(failure);
        return named;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        try {
            return file.read(target);
        } catch (IOException e) {
            throw named(e);
        }
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        return named(() -> file.read(targets, offset, length));
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        try {
            return file.read(target, position);
        } catch (IOException e) {
            throw named(e);
        }
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        try {
            return file.write(source);
        } catch (IOException e) {
            throw named(e);
        }
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        return named(() -> file.write(sources, offset, length));
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
        try {
            return file.write(source, position);
        } catch (IOException e) {
            throw named(e);
        }
    }

    @Override
    public long position() throws IOException {
        return named(file::position);
    }

    @Override
    public FileChannel position(long newPosition) throws IOException {
        named(() -> file.position(newPosition));
        return this;
    }

    @Override
    public long size() throws IOException {
        return named(file::size);
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        named(() -> file.truncate(size));
        return this;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        named(
                () -> {
                    file.force(metaData);
                    return this;
                });
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
            throws IOException {
        return named(() -> file.transferTo(position, count, target));
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count)
            throws IOException {
        return named(() -> file.transferFrom(source, position, count));
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
        return named(() -> file.map(mode, position, size));
    }

    @Override
    public MemorySegment map(MapMode mode, long offset, long size, Arena arena) throws IOException {
        MappedFile.scratch(name);
        return named(() -> file.map(mode, offset, size, arena));
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        return named(() -> file.lock(position, size, shared));
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
        return named(() -> file.tryLock(position, size, shared));
    }

    @Override
    protected void implCloseChannel() throws IOException {
        file.close();
    }
}
