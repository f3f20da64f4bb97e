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

/// The memory of a guest: the bytes of each of its blocks.
///
/// The bytes are in sparse files, not on the heap, so a guest may be of any size; a page never
/// written is a hole and reads as zeros.
///
/// Memory gets into an image in one of two ways. A [RamReader] declares the blocks of a stream and
/// loads those pages that are in it; [#nextMissing] and [RamCoverage] tell which are not. Or a
/// program declares the blocks of its own guest by [#declare], which are all there from then on,
/// and writes to them. Either way a [RamRewriter] writes them into a stream.
///
/// An image is not safe for use by several threads, although it writes in threads of its own: an
/// error of writing may be reported by a later call, at the latest by [#flush()]. Closing it ends
/// these threads and closes the files, and may be repeated; a temporary image is gone then. All
/// other calls on a closed image are an [IllegalStateException].
public final class RamImage implements AutoCloseable {
    /// The most memory a guest may have, 64 TiB: more than any machine that QEMU makes.
    private static final long MAX_BYTES = 1L << 46;

    private static final long ALIGNMENT = 1 << 21;

    /// Where the bytes of a block go, when the first of them comes; asked in the thread that uses
    /// the image.
    @FunctionalInterface
    public interface Placement {
        /// The file for a block, open for reading and writing, empty; or null for a block that only
        /// takes part, in scratch space.
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

    /// An image that needs free space in `directory` and leaves nothing there, however the program
    /// ends.
    public static RamImage temporary(Path directory) {
        return new RamImage(directory, null);
    }

    /// An image whose blocks go to files of the caller's, from offset 0 on; `directory` holds what
    /// is needed meanwhile. The files are closed with the image.
    public static RamImage placed(Path directory, Placement placement) {
        return new RamImage(directory, Objects.requireNonNull(placement));
    }

    /// Adds the blocks of a program's own guest; once only. All of their memory is there, and is
    /// zero as long as nothing else is written.
    public void declare(Collection<RamBlock> added) throws IOException {
        declare(added, PageSize.MIN_BYTES);
        for (RamBlock block : added) {
            arrivals(block).all();
            carry(block);
        }
    }

    /// Adds the blocks that a stream declares, of whose memory nothing came so far; once only.
    ///
    /// @param pageSize the target's page size, or the smallest there is while it is unknown
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
    public Collection<RamBlock> blocks() {
        return Collections.unmodifiableCollection(blocks.values());
    }

    /// The block of a name, or null.
    public @Nullable RamBlock block(String name) {
        return blocks.get(name);
    }

    /// Takes the target's page size, which [#declare(Collection, int)] did not know.
    void pageSize(int bytes) {
        for (BlockFile content : contents.values()) {
            content.arrivals().pageSize(bytes);
        }
    }

    /// Replaces part of a block, whose memory is meant to be in the image from then on
    /// ([#carried]).
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

    /// Makes part of a block zero, whose memory is meant to be in the image from then on; what is
    /// zero already costs nothing.
    public void zero(RamBlock block, long offset, long count) throws IOException {
        Objects.checkFromIndexSize(offset, count, block.length());
        BlockFile content = content(block);
        content.arrivals().range(offset, offset + count);
        carry(block);
        clear(content, offset, count);
    }

    /// Makes part of a block zero and forgets that it came.
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

    /// Replaces the whole of a block by the bytes of a file that holds its memory, as a dump or a
    /// shared memory file does. The stream has nothing to say of the block then.
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

    /// Whether the block's memory was given by [#replace], rather than by the stream.
    public boolean replaced(RamBlock block) {
        return replaced.contains(block.name());
    }

    /// Copies part of a block into an array.
    public void read(RamBlock block, long offset, byte[] target, int at, int count)
            throws IOException {
        Objects.checkFromIndexSize(offset, count, block.length());
        Objects.checkFromIndexSize(at, count, target.length);
        settle();
        content(block).read(offset, target, at, count);
    }

    /// The offset of the first data from `offset` on, a multiple of 4096, or -1 if all the rest of
    /// the block is a hole.
    public long nextData(RamBlock block, long offset) throws IOException {
        settle();
        long granule = content(block).map().nextSet(Math.ceilDiv(offset, PageMap.GRANULE));
        return granule < 0 ? -1 : granule * PageMap.GRANULE;
    }

    /// The offset of the first hole from `offset` on, at most the block's length.
    public long nextHole(RamBlock block, long offset) throws IOException {
        settle();
        return Math.min(
                block.length(),
                content(block).map().nextClear(offset / PageMap.GRANULE) * PageMap.GRANULE);
    }

    /// The offset of the first page from `offset` on that is not in the image: the stream did not
    /// have it; empty if all the rest of the block is there. Of a block that is shared under
    /// `x-ignore-shared` no page is.
    ///
    /// What a stream may leave out is not missing (see [RamCoverage]). The page that `offset` lies
    /// in counts as a whole.
    public OptionalLong nextMissing(RamBlock block, long offset) {
        Objects.checkIndex(offset, block.length() + 1);
        long found = carried(block) ? arrivals(block).missingFrom(offset) : offset;
        return next(block, offset, found);
    }

    /// The offset of the first byte from `offset` on that is in the image, empty if no byte of the
    /// rest of the block is.
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

    /// Whether any of the bytes of a range are data.
    boolean hasData(RamBlock block, long offset, long count) throws IOException {
        settle();
        return content(block)
                        .map()
                        .nextSet(
                                offset / PageMap.GRANULE,
                                Math.ceilDiv(offset + count, PageMap.GRANULE))
                >= 0;
    }

    /// Which pages of a block came.
    ArrivalMap arrivals(RamBlock block) {
        return content(block).arrivals();
    }

    /// Notes that the stream has the memory of a block, rather than leaving it where it is shared.
    void carry(RamBlock block) {
        carried.add(block.name());
    }

    /// Whether the block's memory is meant to be here: the stream may leave out what is shared
    /// under `x-ignore-shared`. Pages can be missing all the same: see [RamCoverage].
    public boolean carried(RamBlock block) {
        return carried.contains(block.name());
    }

    /// Hands everything to the files, which then have their blocks' lengths.
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

    /// Closes the files; a temporary image is gone then.
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

    @SuppressWarnings(
            "ReferenceEquality") // the block of the page before is found at once, others by name
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

    /// Waits until all that was told is in the files.
    void settle() throws IOException {
        checkOpen();
        lanes.settle();
    }

    /// The way by which pages get here.
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
