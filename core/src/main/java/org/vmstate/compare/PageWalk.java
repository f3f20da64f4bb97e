// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.internal.format.SectionNames;
import org.vmstate.ram.PageSize;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamRecordReader;
import org.vmstate.stream.Command;
import org.vmstate.stream.Section;
import org.vmstate.stream.StreamElement;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.WireReader;

/// Reads a stream once, in a thread of its own: collects the machine, and hands over the positions
/// of the pages in the order of the stream.
///
/// Positions are handed over in batches through a queue, so that the two walks of a comparison stay
/// near each other, and the file is still in the page cache when the other thread compares.
final class PageWalk implements Runnable {
    private static final int BATCH = 4096;
    private static final int QUEUE = 8;
    private static final int USUAL_PAGE_BYTES = 4096;

    /// The maximum memory of a guest, as in [org.vmstate.ram.RamImage].
    private static final long MAX_BYTES = 1L << 46;

    private final long start;
    private final MemorySegment memory;
    private final MachineReader reader;
    private final BlockingQueue<Batch> queue = new ArrayBlockingQueue<>(QUEUE);
    private final Deque<Batch> unsized = new ArrayDeque<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final Map<String, Long> digests = new HashMap<>();
    private Batch batch = new Batch();
    private @Nullable RamBlock lastBlock;
    private int lastNumber;
    private long alignment;

    // Written in the thread of the walk before a batch is put, read after it was taken.
    private List<RamBlock> blocks = List.of();
    private int pageSize;
    private boolean encoded;
    private @Nullable SavedMachine machine;
    private @Nullable Throwable failure;

    /// A piece of the sequence of pages. The last batch of a walk is not full.
    static final class Batch {
        private final int[] blocks = new int[BATCH];
        private final long[] offsets = new long[BATCH];
        private final long[] entries = new long[BATCH];
        private int count;

        /// The number of pages.
        int count() {
            return count;
        }

        /// The number of the block of a page.
        int block(int index) {
            return blocks[index];
        }

        /// The offset of a page in its block.
        long offset(int index) {
            return offsets[index];
        }

        /// The content of a page, as an entry of [StreamPages].
        long entry(int index) {
            return entries[index];
        }

        private void add(int block, long offset, long entry) {
            blocks[count] = block;
            offsets[count] = offset;
            entries[count++] = entry;
        }

        private boolean full() {
            return count == BATCH;
        }

        /// Whether no batch follows.
        boolean last() {
            return !full();
        }
    }

    /// @param in the stream, at its first byte; it must be mapped
    /// @param encoded whether the pages are known to be needed in an image, so that their positions
    ///   are of no use
    PageWalk(WireReader in, boolean encoded) throws IOException {
        this.start = in.position();
        this.memory = in.view(start, in.remaining().orElseThrow());
        this.encoded = encoded;
        this.reader = MachineReader.of(in).ramRecords(this::record);
    }

    @Override
    public void run() {
        try {
            machine = SavedMachine.read(reader, this::element);
            if (pageSize == 0) {
                pageSize =
                        reader.ram()
                                .pageSize()
                                .map(PageSize::bytes)
                                .orElse((int) Long.lowestOneBit(alignment | USUAL_PAGE_BYTES));
                putUnsized();
            }
        } catch (Throwable e) {
            failure = e;
            pageSize = pageSize == 0 ? USUAL_PAGE_BYTES : pageSize;
        }
        try {
            queue.put(batch);
        } catch (InterruptedException e) {
            // the comparison was abandoned, and nobody takes the batch
        }
    }

    private void record(RamRecordReader records) throws IOException {
        switch (records.kind()) {
            case PAGE -> page(records, StreamPages.at(records.payloadOffset()));
            case ZERO_PAGE -> page(records, StreamPages.filled(records.fill()));
            case BLOCK_LIST -> {
                List<RamBlock> declared = List.copyOf(reader.ram().blocks());
                if (declared.stream().mapToLong(RamBlock::length).sum() > MAX_BYTES) {
                    encoded = true; // loading the image refuses it
                    return;
                }
                for (RamBlock block : declared) {
                    numbers.put(block.name(), numbers.size());
                }
                blocks = declared;
            }
            case XBZRLE_PAGE, COMPRESSED_PAGE -> encoded = true;
            case MULTIFD_FLUSH, HOOK, END_OF_SECTION -> {}
        }
    }

    @SuppressWarnings("ReferenceEquality") // fast path: most records are of the same block
    private void page(RamRecordReader records, long entry) throws IOException {
        if (encoded) {
            return;
        }
        if (records.payloadLength() > start + memory.byteSize() - records.payloadOffset()) {
            return; // the stream ends inside of the page, which ends the walk
        }
        RamBlock block = records.block();
        if (block != lastBlock) {
            lastBlock = block;
            lastNumber = numbers.getOrDefault(block.name(), 0);
        }
        batch.add(lastNumber, records.offset(), entry);
        if (pageSize == 0) {
            alignment |= records.offset();
            if (reader.ram().pageSize().isPresent()) {
                pageSize = reader.ram().pageSize().get().bytes();
                putUnsized();
            }
        }
        if (batch.full()) {
            put(batch);
            batch = new Batch();
        }
    }

    private void put(Batch full) throws CancelledException {
        if (pageSize == 0) {
            unsized.add(full);
            return;
        }
        try {
            queue.put(full);
        } catch (InterruptedException e) {
            throw CancelledException.of(e);
        }
    }

    private void putUnsized() throws CancelledException {
        while (!unsized.isEmpty()) {
            put(unsized.removeFirst());
        }
    }

    private void element(StreamElement element) {
        if (element instanceof Command.RamDiscard) {
            encoded = true; // the order of discards and pages counts
        } else if (element instanceof Section section
                && !(section instanceof Section.Full)
                && !section.identity().idString().equals(SectionNames.RAM)) {
            String label = section.identity().label();
            long before = digests.getOrDefault(label, 0L);
            digests.put(label, Digest.of(before, section.body().memory()));
        }
    }

    /// Takes the next batch; waits for it.
    Batch take() throws CancelledException {
        try {
            return queue.take();
        } catch (InterruptedException e) {
            throw CancelledException.of(e);
        }
    }

    /// The bytes from the first one of the stream to the end of its source.
    MemorySegment memory() {
        return memory;
    }

    /// The absolute offset of the first byte of [#memory()].
    long start() {
        return start;
    }

    /// The reader of the stream, to be used after the last batch was taken.
    MachineReader reader() {
        return reader;
    }

    /// The blocks, available after a batch was taken.
    List<RamBlock> blocks() {
        return blocks;
    }

    /// The size of a page in bytes, available after a batch was taken.
    int pageSize() {
        return pageSize;
    }

    /// Whether the positions of pages are not enough, available after the last batch was taken.
    boolean encoded() {
        return encoded;
    }

    /// The digests of the states of iterative devices except `ram`, by their labels.
    Map<String, Long> digests() {
        return digests;
    }

    /// Returns the machine, after the last batch was taken; throws what ended the walk early.
    SavedMachine machine() throws IOException {
        Throwable thrown = failure;
        if (thrown instanceof IOException e) {
            throw e;
        } else if (thrown instanceof RuntimeException e) {
            throw e;
        } else if (thrown instanceof Error e) {
            throw e;
        }
        SavedMachine read = machine;
        if (read == null) {
            throw new IllegalStateException("the walk has not ended", thrown);
        }
        if (read.failure().isPresent()) {
            throw read.failure().get();
        }
        return read;
    }
}
