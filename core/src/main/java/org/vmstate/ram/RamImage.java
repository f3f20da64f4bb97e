// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.file.ScratchFile;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.LimitExceededException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.VMStateException;

/// The memory of a guest: the contents of its blocks.
///
/// The contents are stored in sparse files, not on the heap, so the size of a guest is not limited
/// by the heap. A page that was never written is a hole and reads as zeros.
///
/// There are two ways to fill an image. A [RamReader] declares the blocks of a stream and loads the
/// pages that the stream contains; [#nextMissing] and [RamCoverage] report the missing ones. Or a
/// program declares the blocks of its own guest with [#declare], after which all of their memory is
/// present, and writes to them. A [RamRewriter] writes an image to a stream.
///
/// Not safe for use by several threads. An image writes in threads of its own, so that a write
/// error may be thrown by a later call, at the latest by [#flush()]. Closing it ends these threads,
/// closes the files and deletes those of a temporary image; closing again has no effect. All other
/// methods throw an [IllegalStateException] after that.
public final class RamImage implements GuestMemory, AutoCloseable {
    /// The maximum memory of a guest, 64 TiB: more than any machine of QEMU has.
    private static final long MAX_BYTES = 1L << 46;

    private static final long ALIGNMENT = 1 << 21;

    /// Chooses the file of a block. Called when the block is first written, in the thread that uses
    /// the image.
    @FunctionalInterface
    public interface Placement {
        /// Returns an empty file for a block, open for reading and writing, or null to store the
        /// block in scratch space.
        @Nullable FileChannel open(RamBlock block) throws IOException;
    }

    private final Path directory;
    private final @Nullable Placement placement;
    private final Arena arena = Arena.ofShared();
    private final List<FileChannel> files = new ArrayList<>();
    private final Map<String, RamBlock> blocks = new LinkedHashMap<>();
    private final Map<String, BlockFile> contents = new LinkedHashMap<>();
    private final Set<String> carried = new HashSet<>();
    private final Set<String> replaced = new HashSet<>();
    private final Lanes lanes = new Lanes(arena);
    private @Nullable FileChannel common;
    private @Nullable RamBlock current;
    private @Nullable BlockFile currentFile;
    private boolean closed;

    private RamImage(Path directory, @Nullable Placement placement) {
        this.directory = directory;
        this.placement = placement;
    }

    /// Creates an image in a temporary file in `directory`, which is deleted even if the program is
    /// killed.
    public static RamImage temporary(Path directory) {
        return new RamImage(directory, null);
    }

    /// Creates an image whose blocks are stored in files of the caller, from offset 0 on.
    /// `directory` is used for scratch space. Closing the image closes the files.
    public static RamImage placed(Path directory, Placement placement) {
        return new RamImage(directory, Objects.requireNonNull(placement));
    }

    /// Declares the blocks of a program's own guest. All of their memory counts as present and is
    /// zero until it is written.
    ///
    /// @throws IllegalStateException if blocks are already declared
    public void declare(Collection<RamBlock> added) throws IOException {
        declare(added, PageSize.MIN_BYTES);
        for (RamBlock block : added) {
            arrivals(block).all();
            carry(block);
        }
    }

    /// Declares the blocks of a stream, with no page received.
    ///
    /// @param pageSize the target's page size, or the smallest one of any target while it is
    ///   unknown
    void declare(Collection<RamBlock> added, int pageSize) throws IOException {
        checkOpen();
        if (!blocks.isEmpty()) {
            throw new IllegalStateException("the blocks of this image are declared");
        }
        long total = 0;
        for (RamBlock block : added) {
            if (block.length() > MAX_BYTES - total) {
                throw new LimitExceededException(
                        "guest memory of more than " + MAX_BYTES + " bytes",
                        VMStateException.NO_OFFSET);
            }
            total += aligned(block.length());
        }
        long at = 0;
        for (RamBlock block : added) {
            if (blocks.putIfAbsent(block.name(), block) != null) {
                throw new IllegalArgumentException("two blocks of the name " + block.name());
            }
            PageMap map = new PageMap(block.length(), PageMap.GRANULE);
            ArrivalMap arrivals = new ArrivalMap(block.length(), pageSize);
            long base = at;
            contents.put(
                    block.name(), new BlockFile(block, () -> open(block, base), map, arrivals));
            at += aligned(block.length());
        }
    }

    private static long aligned(long length) {
        return Math.ceilDiv(length, ALIGNMENT) * ALIGNMENT;
    }

    /// The blocks in the order of the stream.
    @Override
    public Collection<RamBlock> blocks() {
        return Collections.unmodifiableCollection(blocks.values());
    }

    /// The block with a name, or null.
    public @Nullable RamBlock block(String name) {
        return blocks.get(name);
    }

    /// Sets the target's page size, if it was unknown when [#declare(Collection, int)] was called.
    void pageSize(int bytes) {
        for (BlockFile content : contents.values()) {
            content.arrivals().pageSize(bytes);
        }
    }

    /// Writes a range of a block and marks the block as [#carried].
    @Override
    public void write(RamBlock block, long offset, byte[] bytes, int at, int count)
            throws IOException {
        Objects.checkFromIndexSize(offset, count, block.length());
        Objects.checkFromIndexSize(at, count, bytes.length);
        BlockFile content = content(block);
        content.arrivals().range(offset, offset + count);
        carry(block);
        for (int done = 0; done < count; ) {
            int step = Math.min(count - done, Lanes.inStripe(offset + done));
            MemorySegment target = lanes.put(content, offset + done, step);
            MemorySegment.copy(bytes, at + done, target, ValueLayout.JAVA_BYTE, 0, step);
            done += step;
        }
    }

    /// Fills a range of a block with zeros and marks the block as [#carried]. A range that contains
    /// no data costs nothing.
    @Override
    public void zero(RamBlock block, long offset, long count) throws IOException {
        Objects.checkFromIndexSize(offset, count, block.length());
        BlockFile content = content(block);
        content.arrivals().range(offset, offset + count);
        carry(block);
        clear(content, offset, count);
    }

    /// Fills a range of a block with zeros and marks its pages as not received.
    void discard(RamBlock block, long offset, long count) throws IOException {
        Objects.checkFromIndexSize(offset, count, block.length());
        BlockFile content = content(block);
        content.arrivals().clear(offset, offset + count);
        clear(content, offset, count);
    }

    private void clear(BlockFile content, long offset, long count) throws IOException {
        if (count <= Lanes.inStripe(offset)) {
            lanes.zero(content, offset, (int) count);
        } else {
            lanes.settle();
            content.zero(offset, count);
        }
    }

    /// Replaces the content of a block with that of a file, such as a dump or a shared memory file.
    /// The pages in the stream are ignored for this block.
    ///
    /// @throws BlockMismatchException if the file does not have the block's length
    public void replace(RamBlock block, FileChannel file) throws IOException {
        checkOpen();
        if (file.size() != block.length()) {
            throw new BlockMismatchException(
                    "block "
                            + Printable.quoted(block.name())
                            + " has "
                            + block.length()
                            + " bytes, the file "
                            + file.size());
        }
        zero(block, 0, block.length());
        byte[] chunk = new byte[Lanes.STRIPE_BYTES];
        for (long at = 0; at < block.length(); at += chunk.length) {
            ByteBuffer target =
                    ByteBuffer.wrap(chunk, 0, (int) Math.min(chunk.length, block.length() - at));
            while (target.hasRemaining()) {
                if (BlockFile.read(file, target, at + target.position()) < 0) {
                    throw new IOException("the file became shorter while it was read");
                }
            }
            if (!Pages.isZero(chunk, 0, target.position())) {
                write(block, at, chunk, 0, target.position());
            }
        }
        content(block).arrivals().all();
        carry(block);
        replaced.add(block.name());
    }

    /// Whether the content of the block was set by [#replace].
    public boolean replaced(RamBlock block) {
        return replaced.contains(block.name());
    }

    /// Copies a range of a block into an array.
    @Override
    public void read(RamBlock block, long offset, byte[] target, int at, int count)
            throws IOException {
        Objects.checkFromIndexSize(offset, count, block.length());
        Objects.checkFromIndexSize(at, count, target.length);
        settle();
        content(block).read(offset, target, at, count);
    }

    /// The offset of the first data at or after `offset`, a multiple of 4096, or -1 if the rest of
    /// the block is a hole.
    @Override
    public long nextData(RamBlock block, long offset) throws IOException {
        settle();
        long granule = content(block).map().nextSet(Math.ceilDiv(offset, PageMap.GRANULE));
        return granule < 0 ? -1 : granule * PageMap.GRANULE;
    }

    /// The offset of the first hole at or after `offset`, at most the block's length.
    @Override
    public long nextHole(RamBlock block, long offset) throws IOException {
        settle();
        return Math.min(
                block.length(),
                content(block).map().nextClear(offset / PageMap.GRANULE) * PageMap.GRANULE);
    }

    /// The offset of the first page at or after `offset` that was not received, empty if there is
    /// none. All pages of a block that is shared under `x-ignore-shared` count as not received.
    ///
    /// Pages that a stream may leave out count as received (see [RamCoverage]). If `offset` lies
    /// within a missing page, `offset` is returned.
    public OptionalLong nextMissing(RamBlock block, long offset) {
        Objects.checkIndex(offset, block.length() + 1);
        long found = carried(block) ? arrivals(block).missingFrom(offset) : offset;
        return next(block, offset, found);
    }

    /// The offset of the first byte at or after `offset` that was received, empty if there is none.
    public OptionalLong nextPresent(RamBlock block, long offset) {
        Objects.checkIndex(offset, block.length() + 1);
        return !carried(block)
                ? OptionalLong.empty()
                : next(block, offset, arrivals(block).presentFrom(offset));
    }

    private static OptionalLong next(RamBlock block, long offset, long found) {
        return found >= block.length()
                ? OptionalLong.empty()
                : OptionalLong.of(Math.max(offset, found));
    }

    @Override
    public boolean isZero(RamBlock block, long offset, long count) throws IOException {
        settle();
        return content(block)
                        .map()
                        .nextSet(
                                offset / PageMap.GRANULE,
                                Math.ceilDiv(offset + count, PageMap.GRANULE))
                < 0;
    }

    /// The pages of a block that were received.
    ArrivalMap arrivals(RamBlock block) {
        return content(block).arrivals();
    }

    /// Marks a block as [#carried].
    void carry(RamBlock block) {
        carried.add(block.name());
    }

    /// Whether the stream contains the block's memory; with `x-ignore-shared` it does not for
    /// shared blocks. Pages can be missing nevertheless: see [RamCoverage].
    public boolean carried(RamBlock block) {
        return carried.contains(block.name());
    }

    /// Writes all pending data to the files and extends each file to the length of its block.
    public void flush() throws IOException {
        settle();
        if (placement == null) {
            return;
        }
        try {
            for (RamBlock block : blocks.values()) {
                BlockFile.Storage place = content(block).place();
                if (!place.scratch() && place.file().size() < block.length()) {
                    place.file().write(ByteBuffer.wrap(new byte[1]), block.length() - 1);
                }
            }
        } catch (ClosedByInterruptException e) {
            throw CancelledException.of(e);
        }
    }

    /// Closes the files and deletes those of a temporary image.
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        lanes.close();
        arena.close();
        IOException failure = null;
        for (FileChannel file : files) {
            try {
                file.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    @SuppressWarnings("ReferenceEquality") // fast path: the same block as in the last call
    BlockFile content(RamBlock block) {
        BlockFile content = currentFile;
        if (block != current || content == null || closed) {
            checkOpen();
            content = contents.get(block.name());
            if (content == null) {
                throw new IllegalArgumentException("no block " + block.name());
            }
            current = block;
            currentFile = content;
        }
        return content;
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the image is closed");
        }
    }

    /// Waits until all pending operations were executed.
    void settle() throws IOException {
        checkOpen();
        lanes.settle();
    }

    /// The threads that write pages.
    Lanes lanes() {
        return lanes;
    }

    private BlockFile.Storage open(RamBlock block, long base) throws IOException {
        FileChannel placed = placement == null ? null : placement.open(block);
        if (placed != null) {
            files.add(placed);
            return new BlockFile.Storage(placed, 0, false);
        }
        if (common == null) {
            common = scratch();
        }
        return new BlockFile.Storage(common, base, true);
    }

    private FileChannel scratch() throws IOException {
        FileChannel file = ScratchFile.open(directory);
        files.add(file);
        return file;
    }
}
