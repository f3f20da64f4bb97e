// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.StreamContext;

/// What the reader of a RAM section body has to know from elsewhere in the stream: capabilities,
/// page size, the blocks declared so far.
///
/// One context goes with one stream, through the bodies of its START, PART and END sections in
/// their order. The target page size is not in most streams; where nobody told it, the first page
/// in full gives it away (see [RamRecordReader]).
///
/// Corresponds to the parts of QEMU's `MigrationIncomingState` that `ram_load` uses.
public final class RamContext {
    /// The smallest and the largest target page size that any QEMU target has.
    static final int MIN_PAGE_SIZE = 256;

    static final int MAX_PAGE_SIZE = 32768;

    private final Map<String, RamBlock> blocks = new LinkedHashMap<>();
    private int targetPageSize;
    private boolean ignoreShared;
    private boolean mappedRam;
    private boolean postcopyAdvised;
    private long alignment;
    private @Nullable RamBlock lastBlock;

    /// The context at the beginning of a stream: no capability, page size unknown, no blocks.
    public RamContext() {}

    /// Tells the size of the target's pages, a power of two from 256 to 32768.
    public RamContext targetPageSize(int bytes) {
        if (Integer.bitCount(bytes) != 1 || bytes < MIN_PAGE_SIZE || bytes > MAX_PAGE_SIZE) {
            throw new IllegalArgumentException("no target has pages of " + bytes + " bytes");
        }
        targetPageSize = bytes;
        return this;
    }

    /// Tells that the stream was written with `x-ignore-shared`.
    public RamContext ignoreShared(boolean on) {
        ignoreShared = on;
        return this;
    }

    /// Tells that the stream was written with `mapped-ram`.
    public RamContext mappedRam(boolean on) {
        mappedRam = on;
        return this;
    }

    /// Tells that a postcopy-advise command came before the block list.
    public RamContext postcopyAdvised(boolean on) {
        postcopyAdvised = on;
        return this;
    }

    /// Tells what the stream said before the section: configuration and postcopy's advice.
    public void tell(StreamContext stream) {
        stream.configuration()
                .map(Configuration::targetPageBits)
                .ifPresent(bits -> bits.ifPresent(b -> targetPageSize(1 << b)));
        ignoreShared(stream.capabilities().contains("x-ignore-shared"));
        mappedRam(stream.capabilities().contains("mapped-ram"));
        postcopyAdvised(stream.postcopyAdvice().isPresent());
    }

    /// The size of the target's pages, or 0 as long as it is unknown.
    public int targetPageSize() {
        return targetPageSize;
    }

    /// The size of the target's pages; where nothing told it, since all pages are zero, the largest
    /// that all offsets agree with, at most 4096.
    public int likelyPageSize() {
        if (targetPageSize != 0) {
            return targetPageSize;
        }
        long lowest = Long.lowestOneBit(alignment | 4096);
        return (int) Math.max(MIN_PAGE_SIZE, lowest);
    }

    /// The blocks declared so far, in the order of the stream; a view.
    public Collection<RamBlock> blocks() {
        return Collections.unmodifiableCollection(blocks.values());
    }

    /// The block of a name, or null.
    public @Nullable RamBlock block(String name) {
        return blocks.get(name);
    }

    boolean ignoreShared() {
        return ignoreShared;
    }

    boolean mappedRam() {
        return mappedRam;
    }

    boolean postcopyAdvised() {
        return postcopyAdvised;
    }

    /// Adds a block; false if there is one of that name.
    boolean declare(RamBlock block) {
        return blocks.putIfAbsent(block.name(), block) == null;
    }

    @Nullable RamBlock lastBlock() {
        return lastBlock;
    }

    void lastBlock(RamBlock block) {
        lastBlock = block;
    }

    /// Notes a page's offset, whose alignment bounds the page size while that is unknown.
    void sawOffset(long offset) {
        alignment |= offset;
    }

    /// Whether pages of this size agree with all offsets seen so far.
    boolean possiblePageSize(int bytes) {
        return (alignment & (bytes - 1)) == 0;
    }
}
