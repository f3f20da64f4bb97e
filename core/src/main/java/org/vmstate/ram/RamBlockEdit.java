// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.CapabilityNames;
import org.vmstate.stream.Body;
import org.vmstate.stream.Command;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.Section;
import org.vmstate.stream.StreamContext;
import org.vmstate.stream.StreamElement;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Changes to the RAM blocks of a stream: other names, other lengths, blocks that are left out.
///
/// The records of the changed blocks are rewritten; all others are copied as they are, without
/// being decoded. A block that is left out loses its records. A shorter block loses the pages after
/// its end. A longer block gets zero pages, directly after the block list.
///
/// The memory of a stream with channels, or with `mapped-ram`, is located by other files or by
/// absolute offsets: changing it is an [UnsupportedException], and `RamRewriter` is the way to
/// write it in another format first.
///
/// A transform of one stream at a time; not thread-safe.
public final class RamBlockEdit {
    private final Map<String, Change> changes = new HashMap<>();
    private StreamContext stream = StreamContext.EMPTY;
    private RamContext context = new RamContext();
    private final Map<String, RamBlock> blocks = new LinkedHashMap<>();
    private final int pageSize;

    /// Whether the record that named the current block was dropped, so that the next one has to.
    private boolean unnamed;

    /// The new name and length of a block; null if it does not change.
    private record Change(@Nullable String name, @Nullable Long length, boolean dropped) {
        static final Change NONE = new Change(null, null, false);
    }

    /// Creates an edit without changes.
    ///
    /// @param blocks the blocks of the stream
    /// @param pageSize the target's page size in bytes
    public RamBlockEdit(Collection<RamBlock> blocks, int pageSize) {
        blocks.forEach(block -> this.blocks.put(block.name(), block));
        this.pageSize = pageSize;
    }

    /// Renames a block.
    ///
    /// @throws IllegalArgumentException if there is no such block, or the new name is empty, longer
    ///   than 255 bytes, or that of another block
    public RamBlockEdit rename(String block, String name) {
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length > 255) {
            throw new IllegalArgumentException("a block name of " + length + " bytes");
        }
        Change change = change(block);
        if (blocks.containsKey(name)) {
            throw new IllegalArgumentException("there is a block " + name + " already");
        }
        changes.put(block, new Change(name, change.length(), change.dropped()));
        return this;
    }

    /// Sets the length of a block.
    ///
    /// @param length in bytes, a multiple of the target's page size
    /// @throws IllegalArgumentException if there is no such block, or the length is not a positive
    ///   number of whole pages
    public RamBlockEdit resize(String block, long length) {
        if (length <= 0 || length % pageSize != 0) {
            throw new IllegalArgumentException(
                    "a block of " + length + " bytes, not of whole pages of " + pageSize);
        }
        Change change = change(block);
        changes.put(block, new Change(change.name(), length, change.dropped()));
        return this;
    }

    /// Leaves out a block.
    ///
    /// @throws IllegalArgumentException if there is no such block
    public RamBlockEdit drop(String block) {
        change(block);
        changes.put(block, new Change(null, null, true));
        return this;
    }

    private Change change(String block) {
        if (!blocks.containsKey(Objects.requireNonNull(block))) {
            throw new IllegalArgumentException(
                    "no block " + block + "; there are " + String.join(", ", blocks.keySet()));
        }
        return changes.getOrDefault(block, Change.NONE);
    }

    /// Whether anything is changed.
    public boolean changed() {
        return !changes.isEmpty();
    }

    /// Begins a stream.
    public void atStart() {
        stream = StreamContext.EMPTY;
        context = new RamContext();
        unnamed = false;
        context.targetPageSize(pageSize);
    }

    /// Takes note of an element that is not a section of `ram`.
    public void pass(StreamElement element) {
        if (element instanceof Configuration c) {
            stream = new StreamContext(Optional.of(c), stream.postcopyAdvice());
        } else if (element instanceof Command.PostcopyAdvise a) {
            stream = new StreamContext(stream.configuration(), Optional.of(a));
        }
    }

    /// Returns a section of `ram` with the changes.
    ///
    /// @throws IllegalArgumentException if a changed block is not in the block list, or the list
    ///   would contain a name twice
    public Section apply(Section section, ReadLimits limits) throws IOException {
        if (!changed()) {
            return section;
        }
        Body body = section.body();
        context.begin(section.identity(), stream, body.offset());
        if (stream.capabilities().contains(CapabilityNames.MAPPED_RAM)) {
            throw new UnsupportedException(
                    "blocks of a mapped-ram stream, whose pages have absolute offsets, cannot be"
                            + " changed; convert its memory to another format first",
                    body.offset());
        }
        return section.withBody(new Rewriting(body, limits).run());
    }

    /// The rewriting of one body.
    private final class Rewriting {
        private final Body body;
        private final MemorySegment memory;
        private final WireReader in;
        private final RamRecordReader records;
        private final List<MemorySegment> pieces = new ArrayList<>();
        private long copied;

        Rewriting(Body body, ReadLimits limits) {
            this.body = body;
            this.memory = body.memory();
            this.in = body.reader(limits);
            this.records = new RamRecordReader(in, context);
        }

        Body run() throws IOException {
            while (records.next()) {
                record();
            }
            copyTo(memory.byteSize());
            return new Body.Joined(body.offset(), pieces);
        }

        /// Copies the bytes up to a position in the body, which were not copied yet.
        private void copyTo(long position) {
            if (position > copied) {
                pieces.add(memory.asSlice(copied, position - copied));
            }
            copied = position;
        }

        private long start() {
            return records.recordOffset() - body.offset();
        }

        /// The position after the record.
        private long end() {
            return in.position() - body.offset() + records.payloadLength();
        }

        private void add(WireWriter out) {
            pieces.add(MemorySegment.ofArray(out.toByteArray()));
        }

        private void record() throws IOException {
            switch (records.kind()) {
                case BLOCK_LIST -> {
                    copyTo(start());
                    blockList();
                    copied = end();
                }
                case ZERO_PAGE, PAGE, XBZRLE_PAGE, COMPRESSED_PAGE -> page();
                case MULTIFD_FLUSH -> {
                    if (context.channels()) {
                        throw new UnsupportedException(
                                "blocks of a multifd stream, whose channels name them, cannot be"
                                        + " changed; convert its memory to another format first",
                                records.recordOffset());
                    }
                }
                case HOOK, END_OF_SECTION -> {}
            }
        }

        private void page() throws IOException {
            Change change = changes.get(records.block().name());
            if (change == null) {
                unnamed = false;
                return;
            }
            Long length = change.length();
            if (change.dropped() || (length != null && records.offset() >= length)) {
                drop(change);
                return;
            }
            long at = start();
            long header = header(at);
            String name = change.name();
            boolean named = (header & RamFlags.CONTINUE) == 0;
            // A block whose last record was dropped has to be named again.
            if (named ? name != null : unnamed) {
                copyTo(at);
                WireWriter out = WireWriter.toMemory();
                out.u64(header & ~(long) RamFlags.CONTINUE);
                out.str8(name == null ? records.block().name() : name);
                add(out);
                copied = at + Long.BYTES + (named ? nameBytes(at) : 0);
            }
            unnamed = false;
        }

        private void drop(Change change) {
            copyTo(start());
            copied = end();
            // The first record of a run of a block names it, and may be the one that is dropped.
            unnamed |= !change.dropped() && (header(start()) & RamFlags.CONTINUE) == 0;
        }

        private long header(long at) {
            return memory.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), at);
        }

        /// The size of the name in a record.
        private int nameBytes(long at) {
            return 1 + Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, at + Long.BYTES));
        }

        private void blockList() throws IOException {
            List<RamBlock> list = new ArrayList<>();
            List<Longer> longer = new ArrayList<>();
            Set<String> names = new HashSet<>();
            Set<String> unknown = new HashSet<>(changes.keySet());
            long total = 0;
            for (RamBlock block : context.blocks()) {
                Change change = changes.getOrDefault(block.name(), Change.NONE);
                unknown.remove(block.name());
                if (change.dropped()) {
                    continue;
                }
                Long length = change.length();
                String name = change.name() == null ? block.name() : change.name();
                long size = length == null ? block.length() : length;
                if (!names.add(name)) {
                    throw new IllegalArgumentException("two blocks would have the name " + name);
                }
                list.add(new RamBlock(name, size, block.pageSize(), block.guestAddress(), null));
                if (size > block.length()) {
                    longer.add(new Longer(name, block.length(), size));
                }
                total = Math.addExact(total, size);
            }
            if (!unknown.isEmpty()) {
                throw new IllegalArgumentException(
                        "no block "
                                + String.join(", ", unknown)
                                + "; there are "
                                + String.join(
                                        ", ",
                                        context.blocks().stream().map(RamBlock::name).toList()));
            }
            WireWriter out = WireWriter.toMemory();
            out.u64(total | RamFlags.MEM_SIZE);
            for (RamBlock block : list) {
                out.str8(block.name());
                out.u64(block.length());
                if (block.pageSize().isPresent()) {
                    out.u64(block.pageSize().getAsLong());
                }
                if (block.guestAddress().isPresent()) {
                    out.u64(block.guestAddress().getAsLong());
                }
            }
            for (Longer block : longer) {
                zeros(out, block);
            }
            add(out);
        }

        private void zeros(WireWriter out, Longer block) throws IOException {
            boolean first = true;
            for (long at = block.from(); at < block.length(); at += pageSize) {
                out.u64(at | RamFlags.ZERO | (first ? 0 : RamFlags.CONTINUE));
                if (first) {
                    out.str8(block.name());
                }
                out.u8(0);
                first = false;
            }
        }
    }

    /// A block that becomes longer.
    private record Longer(String name, long from, long length) {}
}
