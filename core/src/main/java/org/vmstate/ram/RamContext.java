// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.CapabilityNames;
import org.vmstate.stream.Command;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamContext;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;

/// The state that reading a RAM section body needs from earlier parts of the stream: capabilities,
/// page size and the blocks declared so far.
///
/// Not safe for use by several threads. Create one context per stream and use it for the bodies of
/// the START, PART and END sections in their order. Several parts of a stream state the target page
/// size, but in some streams none before the first page: see [PageSize.Source]. Contradicting
/// statements are a [CorruptException] that names both.
///
/// Corresponds to the parts of QEMU's `MigrationIncomingState` that `ram_load` uses.
public final class RamContext {
    /// The length of the longest block whose pages are recorded, 16 TiB.
    private static final long MAX_RECORDED_BYTES = 1L << 44;

    private final Map<String, RamBlock> blocks = new LinkedHashMap<>();
    private @Nullable PageSize pageSize;
    private int pageBytes;
    private boolean ignoreShared;
    private boolean mappedRam;
    private boolean postcopyAdvised;
    private long alignment;
    private final Set<String> sent = new HashSet<>();
    private boolean flushMarks;
    private boolean compressed;
    private @Nullable RamBlock lastBlock;
    private @Nullable Map<RamBlock, ArrivalMap> arrivals;
    private @Nullable ArrivalMap lastArrivals;

    /// Creates the context at the start of a stream: no capability, unknown page size, no blocks.
    public RamContext() {}

    /// Sets the target's page size.
    ///
    /// @throws IllegalArgumentException if no target has this page size
    public RamContext targetPageSize(int bytes) {
        pageSize = new PageSize(bytes, PageSize.Source.CALLER);
        pageBytes = bytes;
        return this;
    }

    /// Sets the page size on its first call; checks on later ones that it is the same.
    ///
    /// @param offset the offset of the part that states it, for errors
    public void learnPageSize(PageSize.Source source, long bytes, long offset)
            throws CorruptException {
        PageSize known = pageSize;
        if (known != null && known.bytes() != bytes) {
            throw new CorruptException(
                    "pages of "
                            + Long.toUnsignedString(bytes)
                            + " bytes by "
                            + source
                            + ", but of "
                            + known.bytes()
                            + " by "
                            + known.source(),
                    offset);
        }
        if (!PageSize.possible(bytes)) {
            throw new CorruptException(
                    "pages of " + Long.toUnsignedString(bytes) + " bytes by " + source, offset);
        }
        if (known == null) {
            pageSize = new PageSize((int) bytes, source);
            pageBytes = (int) bytes;
        }
    }

    /// Sets whether the stream was written with `x-ignore-shared`.
    public RamContext ignoreShared(boolean on) {
        ignoreShared = on;
        return this;
    }

    /// Sets whether the stream was written with `mapped-ram`.
    public RamContext mappedRam(boolean on) {
        mappedRam = on;
        return this;
    }

    /// Sets whether a postcopy-advise command precedes the block list.
    public RamContext postcopyAdvised(boolean on) {
        postcopyAdvised = on;
        return this;
    }

    /// Sets the state from the parts of the stream before a body of `ram`: the section's version,
    /// the configuration and the postcopy advice.
    ///
    /// An unknown version is an [UnsupportedException], contradicting page sizes are a
    /// [CorruptException].
    ///
    /// @param offset the offset of the body, for errors
    public void begin(SectionIdentity identity, StreamContext stream, long offset)
            throws VMStateException {
        if (identity.versionId() != RamFlags.SECTION_VERSION) {
            throw new UnsupportedException("RAM of version " + identity.versionId(), offset);
        }
        if (stream.configuration().isPresent()) {
            Configuration configuration = stream.configuration().get();
            if (configuration.targetPageBits().isPresent()) {
                int bits = configuration.targetPageBits().getAsInt();
                learnPageSize(
                        PageSize.Source.CONFIGURATION,
                        bits < 0 || bits >= Long.SIZE ? 0 : 1L << bits,
                        offset);
            }
        }
        if (stream.postcopyAdvice().isPresent()) {
            Command.PostcopyAdvise advice = stream.postcopyAdvice().get();
            if (advice.pageSizes().isPresent()) {
                learnPageSize(
                        PageSize.Source.POSTCOPY_ADVICE,
                        advice.pageSizes().get().targetPage(),
                        offset);
            }
        }
        ignoreShared(stream.capabilities().contains(CapabilityNames.IGNORE_SHARED));
        mappedRam(stream.capabilities().contains(CapabilityNames.MAPPED_RAM));
        postcopyAdvised(stream.postcopyAdvice().isPresent());
    }

    /// The target's page size; empty while it is unknown.
    public Optional<PageSize> pageSize() {
        return Optional.ofNullable(pageSize);
    }

    /// The target's page size in bytes; 0 while it is unknown.
    int targetPageSize() {
        return pageBytes;
    }

    /// The largest page size that agrees with the offsets of all pages.
    int largestPageSize() {
        return (int)
                Math.max(PageSize.MIN_BYTES, Long.lowestOneBit(alignment | PageSize.MAX_BYTES));
    }

    /// An unmodifiable view of the blocks declared so far, in the order of the stream.
    public Collection<RamBlock> blocks() {
        return Collections.unmodifiableCollection(blocks.values());
    }

    /// The block with a name, or null.
    public @Nullable RamBlock block(String name) {
        return blocks.get(name);
    }

    /// The blocks whose pages are in the file with `mapped-ram`, and where they are.
    Map<RamBlock, MappedRam> mappedBlocks() {
        Map<RamBlock, MappedRam> mapped = new LinkedHashMap<>();
        for (RamBlock block : blocks.values()) {
            MappedRam header = block.mapped();
            if (header != null && header.present()) {
                mapped.put(block, header);
            }
        }
        return mapped;
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

    /// Adds a block; returns false if the name is already declared.
    boolean declare(RamBlock block) {
        if (block.mapped() != null && block.mapped().present()) {
            sent.add(block.name());
        }
        return blocks.putIfAbsent(block.name(), block) == null;
    }

    @Nullable RamBlock lastBlock() {
        return lastBlock;
    }

    @SuppressWarnings("ReferenceEquality") // fast path: most records are of the same block
    void lastBlock(RamBlock block) {
        if (block != lastBlock) {
            lastBlock = block;
            sent.add(block.name());
            Map<RamBlock, ArrivalMap> recorded = arrivals;
            if (recorded != null) {
                lastArrivals = recorded.computeIfAbsent(block, this::arrivals);
            }
        }
    }

    /// Forgets the last block: a page must name its block again.
    void forgetLastBlock() {
        lastBlock = null;
        lastArrivals = null;
    }

    /// Records from now on which pages were received, for [#missing()].
    public RamContext recordPages() {
        arrivals = new HashMap<>();
        return this;
    }

    /// A map of a block's pages; null if the block is too long for one, which a damaged list of
    /// blocks may claim.
    private @Nullable ArrivalMap arrivals(RamBlock block) {
        return block.length() > MAX_RECORDED_BYTES
                ? null
                : new ArrivalMap(block.length(), pageBytes == 0 ? PageSize.MIN_BYTES : pageBytes);
    }

    /// Records a page of the last block.
    void sawPage(long offset) {
        sawPages(offset, 1, 0);
    }

    /// Records consecutive pages of the last block.
    void sawPages(long offset, long count, int size) {
        ArrivalMap map = lastArrivals;
        if (map != null) {
            for (long page = 0; page < count; page++) {
                map.page(offset + page * size);
            }
        }
    }

    /// Pages of a block that were not received.
    ///
    /// @param pages the number of pages
    /// @param first the offset of the first one in its block
    public record MissingPages(RamBlock block, long pages, long first) {}

    /// The pages that were not received in any encoding, of the blocks of which some were; empty
    /// unless [#recordPages()] was called. Pages in further channels are missing here, too.
    public List<MissingPages> missing() {
        Map<RamBlock, ArrivalMap> recorded = arrivals;
        List<MissingPages> missing = new ArrayList<>();
        if (recorded == null || pageBytes == 0 || mappedRam) {
            return missing;
        }
        for (RamBlock block : blocks.values()) {
            ArrivalMap map = recorded.get(block);
            if (map != null) {
                map.pageSize(pageBytes);
                missing(block, map, missing);
            }
        }
        return missing;
    }

    private static void missing(RamBlock block, ArrivalMap map, List<MissingPages> missing) {
        long pages = map.pages();
        long first = map.nextMissing(0);
        long count = 0;
        for (long at = first; at < pages; ) {
            long next = map.nextPresent(at);
            count += Math.min(next, pages) - at;
            at = next >= pages ? pages : map.nextMissing(next);
        }
        if (count > 0) {
            missing.add(new MissingPages(block, count, map.missingFrom(0)));
        }
    }

    /// Records that the stream contains compressed pages, which QEMU reads up to version 9.0.
    void sawCompressed() {
        compressed = true;
    }

    /// Whether the stream contains pages compressed one by one.
    public boolean compressed() {
        return compressed;
    }

    /// Records that the stream contains a multifd sync point.
    void sawFlushMark() {
        flushMarks = true;
    }

    /// An unmodifiable view of the names of the blocks of which pages were received, in any
    /// encoding.
    public Set<String> sent() {
        return Collections.unmodifiableSet(sent);
    }

    /// Whether a sync point shows that pages are in other channels. A stream with mapped-ram has
    /// sync points too, but contains all pages.
    public boolean channels() {
        return flushMarks && !mappedRam;
    }

    /// Whether a page other than the first of its block was received while the page size was
    /// unknown.
    boolean sawDistance() {
        return alignment != 0;
    }

    /// Records a page's offset, whose alignment limits the page size while that is unknown.
    void sawOffset(long offset) {
        alignment |= offset;
    }

    /// Whether a page size agrees with the offsets of all pages so far.
    boolean possiblePageSize(int bytes) {
        return (alignment & (bytes - 1)) == 0;
    }
}
