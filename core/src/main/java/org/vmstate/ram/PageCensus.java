// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.vmstate.internal.file.MappedFile;
import org.vmstate.internal.file.ScratchFile;
import org.vmstate.internal.progress.Tally;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.Progress;

/// Counts the pages of an image by their content.
///
/// Not safe for use by several threads. The image must stay open meanwhile.
public final class PageCensus {
    private static final VarHandle WORD =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int RESERVE_BYTES = 1 << 20;
    private static final long MULTIPLIER = 0x9e37_79b9_7f4a_7c15L;

    /// The numbers of pages of one block.
    ///
    /// @param pages the pages that are in the image
    /// @param zero those that contain only zeros
    /// @param unique those whose content occurs for the first time, in the order of blocks and
    ///   offsets
    /// @param repeated those whose content occurred before
    public record Count(RamBlock block, long pages, long zero, long unique, long repeated) {}

    /// Receives the kind of each page, in the order of blocks and offsets.
    @FunctionalInterface
    public interface Visitor {
        /// Called for each page that is in the image.
        void page(RamBlock block, long offset, PageKind kind) throws IOException;
    }

    private final RamImage image;
    private final int pageSize;
    private Progress progress = Progress.NONE;

    /// Creates a census of the blocks whose memory is in the image.
    public PageCensus(RamImage image, int pageSize) {
        this.image = image;
        this.pageSize = pageSize;
    }

    /// Sets a listener for the phase [Progress.Phase#PAGES].
    public PageCensus progress(Progress listener) {
        progress = Objects.requireNonNull(listener);
        return this;
    }

    /// Determines the kind of each page that is in the image.
    public void kinds(Visitor visitor) throws IOException {
        int[] counts = new int[256];
        Tally tally = tally();
        for (RamBlock block : image.blocks()) {
            kinds(block, tally, counts, visitor);
        }
    }

    private void kinds(RamBlock of, Tally tally, int[] counts, Visitor visitor) throws IOException {
        each(
                of,
                image.arrivals(of)::presentFrom,
                tally,
                (block, offset, bytes, at, zero) ->
                        visitor.page(
                                block,
                                offset,
                                zero ? PageKind.ZERO : PageKind.of(bytes, at, pageSize, counts)));
    }

    /// Counts the pages of each block.
    ///
    /// Contents are compared by a hash of 64 bits. The hashes are stored in a temporary file in
    /// `folder`, not on the heap, because there may be one per page.
    public List<Count> count(Path folder) throws IOException {
        long data = 0;
        for (RamBlock block : image.blocks()) {
            for (long at = image.nextData(block, 0); at >= 0; ) {
                long hole = image.nextHole(block, at);
                data += hole - at;
                at = hole < block.length() ? image.nextData(block, hole) : -1;
            }
        }
        long slots = Long.highestOneBit(Math.max(64, Math.ceilDiv(data, pageSize) * 4));
        try (FileChannel file = ScratchFile.open(folder);
                Arena arena = Arena.ofConfined()) {
            reserve(file, slots * Long.BYTES);
            return count(
                    file.map(FileChannel.MapMode.READ_WRITE, 0, slots * Long.BYTES, arena), slots);
        } catch (ClosedByInterruptException e) {
            throw CancelledException.of(e);
        } catch (InternalError e) {
            throw MappedFile.fault(e);
        }
    }

    /// Fills a file with zeros, which allocates its disk space before it is mapped.
    private static void reserve(FileChannel file, long bytes) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(bytes, RESERVE_BYTES));
        for (long at = 0; at < bytes; ) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - at));
            at += file.write(zeros, at);
        }
    }

    private List<Count> count(MemorySegment hashes, long slots) throws IOException {
        List<Count> counts = new ArrayList<>();
        Tally tally = tally();
        long[] numbers = new long[2];
        for (RamBlock block : image.blocks()) {
            java.util.Arrays.fill(numbers, 0);
            each(
                    block,
                    at -> nextData(block, at),
                    tally,
                    (of, offset, bytes, at, zero) -> {
                        if (!zero) {
                            numbers[first(hashes, slots, hash(bytes, at)) ? 0 : 1]++;
                        }
                    });
            long came = image.carried(block) ? came(block) : 0;
            counts.add(
                    new Count(block, came, came - numbers[0] - numbers[1], numbers[0], numbers[1]));
        }
        return counts;
    }

    private long nextData(RamBlock block, long from) throws IOException {
        long data = from < block.length() ? image.nextData(block, from) : -1;
        return data < 0 ? block.length() : data;
    }

    /// The number of pages of a block that are in the image.
    private long came(RamBlock block) {
        ArrivalMap arrivals = image.arrivals(block);
        long pages = block.length() / pageSize;
        long came = 0;
        for (long from = arrivals.presentFrom(0); from < block.length(); ) {
            long to = arrivals.missingFrom(from);
            came += Math.min(pages, Math.ceilDiv(to, pageSize)) - Math.ceilDiv(from, pageSize);
            from = to < block.length() ? arrivals.presentFrom(to) : to;
        }
        return came;
    }

    private Tally tally() {
        return new Tally(
                progress, Progress.Phase.PAGES, OptionalLong.of(RamBodyWriter.carriedBytes(image)));
    }

    /// Visits the pages of a block that are in the image, in the chunks that `next` selects.
    private void each(
            RamBlock block, RamBodyWriter.PageSelector next, Tally tally, RamBodyWriter.PageUse use)
            throws IOException {
        if (!image.carried(block)) {
            return;
        }
        ArrivalMap arrivals = image.arrivals(block);
        RamBodyWriter.eachPage(
                image,
                block,
                pageSize,
                next,
                tally,
                (of, offset, bytes, at, zero) -> {
                    if (arrivals.begins(offset)) {
                        use.page(of, offset, bytes, at, zero);
                    }
                });
    }

    /// Adds a hash to the table; returns whether it is new.
    private static boolean first(MemorySegment hashes, long slots, long hash) {
        long key = hash == 0 ? 1 : hash;
        for (long slot = key & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
            long found = hashes.getAtIndex(ValueLayout.JAVA_LONG, slot);
            if (found == key) {
                return false;
            }
            if (found == 0) {
                hashes.setAtIndex(ValueLayout.JAVA_LONG, slot, key);
                return true;
            }
        }
    }

    private long hash(byte[] bytes, int at) {
        long hash = 0;
        for (int i = at; i < at + pageSize; i += Long.BYTES) {
            hash = (Long.rotateLeft(hash, 29) ^ (long) WORD.get(bytes, i)) * MULTIPLIER;
        }
        return hash ^ hash >>> 32;
    }
}
