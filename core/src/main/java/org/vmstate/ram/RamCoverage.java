// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.vmstate.wire.Printable;

/// The parts of a guest's memory that were read, block by block, and evidence of missing memory.
///
/// A page that was not received is not a zero page: an ordinary migration sends every page of every
/// block at least once. Pages that a stream may leave out do not count as missing: those of blocks
/// that are shared under `x-ignore-shared`, memory that is not plugged in a virtio-mem device, and
/// pages that the guest reported as free (free page hinting).
///
/// @param blocks the blocks in the order of the stream
/// @param evidence evidence other than missing pages. If there is any, memory can be out of date
///   even where all pages were received.
public record RamCoverage(List<BlockCoverage> blocks, List<MissingMemory> evidence) {
    /// The maximum number of ranges per block.
    private static final int MAX_RANGES = 16;

    /// The maximum number of ranges that a line names.
    private static final int MAX_NAMED_RANGES = 3;

    /// The extent to which a block was read.
    public enum Extent {
        /// Every page.
        COMPLETE,
        /// Some pages.
        PARTIAL,
        /// No page.
        NONE,
        /// No page, because the block is shared under `x-ignore-shared`.
        SHARED
    }

    /// A range of bytes of a block, from `start` (inclusive) to `end` (exclusive).
    public record Range(long start, long end) {}

    /// The coverage of one block.
    ///
    /// @param pages the number of pages of the block
    /// @param missingPages the number of pages that were not received; 0 for a shared block
    /// @param missing the ranges of missing pages, at most the first 16
    public record BlockCoverage(
            RamBlock block, Extent extent, long pages, long missingPages, List<Range> missing) {
        /// Copies the list.
        public BlockCoverage {
            missing = List.copyOf(missing);
        }
    }

    /// Copies the lists.
    public RamCoverage {
        blocks = List.copyOf(blocks);
        evidence = List.copyOf(evidence);
    }

    /// Computes the coverage of the blocks of an image.
    ///
    /// @param wanted selects the blocks
    /// @param evidence the evidence that the reader found; ignored if all of these blocks were
    ///   replaced ([RamImage#replace])
    static RamCoverage of(
            RamImage image,
            Predicate<? super RamBlock> wanted,
            int pageSize,
            List<MissingMemory> evidence) {
        List<BlockCoverage> blocks = new ArrayList<>();
        boolean allReplaced = true;
        for (RamBlock block : image.blocks()) {
            if (wanted.test(block)) {
                blocks.add(of(image, block, pageSize));
                allReplaced &= image.replaced(block);
            }
        }
        return new RamCoverage(blocks, allReplaced ? List.of() : evidence);
    }

    private static BlockCoverage of(RamImage image, RamBlock block, int pageSize) {
        ArrivalMap arrivals = image.arrivals(block);
        long pages = arrivals.pages();
        if (!image.carried(block)) {
            return new BlockCoverage(block, Extent.SHARED, pages, 0, List.of());
        }
        long missing = 0;
        List<Range> ranges = new ArrayList<>();
        for (long from = arrivals.nextMissing(0); from < pages; ) {
            long to = arrivals.nextPresent(from);
            missing += to - from;
            if (ranges.size() < MAX_RANGES) {
                ranges.add(new Range(from * pageSize, to * pageSize));
            }
            from = arrivals.nextMissing(to);
        }
        Extent extent =
                missing == 0 ? Extent.COMPLETE : missing == pages ? Extent.NONE : Extent.PARTIAL;
        return new BlockCoverage(block, extent, pages, missing, ranges);
    }

    /// The missing memory as text, a line for each block and each piece of evidence; empty if
    /// nothing is missing.
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        List<String> none = new ArrayList<>();
        for (BlockCoverage block : blocks) {
            if (block.extent() == Extent.NONE) {
                none.add(
                        String.format(
                                Locale.ROOT,
                                "%s (%,d)",
                                Printable.quoted(block.block().name()),
                                block.pages()));
            } else if (block.missingPages() > 0) {
                lines.add(line(block));
            }
        }
        if (!none.isEmpty()) {
            lines.addFirst("no page of " + String.join(", ", none) + " is in the stream");
        }
        evidence.forEach(e -> lines.add(e.message()));
        return lines;
    }

    private static String line(BlockCoverage block) {
        return String.format(
                Locale.ROOT,
                "%,d of %,d pages of %s are not in the stream: %s%s",
                block.missingPages(),
                block.pages(),
                Printable.quoted(block.block().name()),
                block.missing().stream()
                        .limit(MAX_NAMED_RANGES)
                        .map(r -> String.format("0x%x to 0x%x", r.start(), r.end() - 1))
                        .collect(Collectors.joining(", ")),
                block.missing().size() > MAX_NAMED_RANGES ? ", …" : "");
    }

    /// Whether nothing is missing.
    public boolean complete() {
        return evidence.isEmpty() && blocks.stream().allMatch(b -> b.missingPages() == 0);
    }
}
