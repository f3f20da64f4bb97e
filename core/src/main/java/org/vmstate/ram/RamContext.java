// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
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

/// What the reader of a RAM section body has to know from elsewhere in the stream: capabilities,
/// page size, the blocks declared so far.
///
/// Not safe for use by several threads. One context goes with one stream, through the bodies of its
/// START, PART and END sections in their order. The target page size is stated in several places,
/// of which some streams have none before the first page: see [PageSize.Source]. Statements that
/// contradict each other are a [CorruptException] that names both.
///
/// Corresponds to the parts of QEMU's `MigrationIncomingState` that `ram_load` uses.
public final class RamContext {
    private final Map<String, RamBlock> blocks = new LinkedHashMap<>();
    private @Nullable PageSize pageSize;
    private int pageBytes;
    private boolean ignoreShared;
    private boolean mappedRam;
    private boolean postcopyAdvised;
    private long alignment;
    private final Set<String> sent = new HashSet<>();
    private boolean flushMarks;
    private @Nullable RamBlock lastBlock;

    /// The context at the beginning of a stream: no capability, page size unknown, no blocks.
    public RamContext() {}

    /// States the size of the target's pages on the caller's behalf.
    ///
    /// @throws IllegalArgumentException if no target has such pages
    public RamContext targetPageSize(int bytes) {
        pageSize = new PageSize(bytes, PageSize.Source.CALLER);
        pageBytes = bytes;
        return this;
    }

    /// Takes a statement of the page size; the first one stays, the others must agree with it.
    ///
    /// @param offset where the statement is, for errors
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

    /// Takes what the stream said before a body of `ram`: the section's version, the configuration
    /// and postcopy's advice.
    ///
    /// A version that is not known is an [UnsupportedException], page sizes that differ are a
    /// [CorruptException].
    ///
    /// @param offset where the body begins, for errors
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

    /// The size of the target's pages, empty as long as nothing states it.
    public Optional<PageSize> pageSize() {
        return Optional.ofNullable(pageSize);
    }

    /// The size of the target's pages in bytes, or 0 as long as it is unknown.
    int targetPageSize() {
        return pageBytes;
    }

    /// The largest size that all offsets agree with, however unlikely.
    int largestPageSize() {
        return (int)
                Math.max(PageSize.MIN_BYTES, Long.lowestOneBit(alignment | PageSize.MAX_BYTES));
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
        if (block.mapped() != null && block.mapped().present()) {
            sent.add(block.name());
        }
        return blocks.putIfAbsent(block.name(), block) == null;
    }

    @Nullable RamBlock lastBlock() {
        return lastBlock;
    }

    @SuppressWarnings("ReferenceEquality") // a shortcut: most records are of the block before
    void lastBlock(RamBlock block) {
        if (block != lastBlock) {
            lastBlock = block;
            sent.add(block.name());
        }
    }

    /// Notes a mark that all multifd channels are in step.
    void sawFlushMark() {
        flushMarks = true;
    }

    /// The names of the blocks of which pages came so far in this stream, in whatever encoding; a
    /// view.
    public Set<String> sent() {
        return Collections.unmodifiableSet(sent);
    }

    /// Whether a mark so far shows that pages are on further channels. A stream with mapped-ram has
    /// such marks too, but all pages in itself.
    public boolean channels() {
        return flushMarks && !mappedRam;
    }

    /// Whether a page other than the first of its block came while the page size was unknown.
    boolean sawDistance() {
        return alignment != 0;
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
