// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.List;
import java.util.Optional;
import org.vmstate.ram.RamBlock;

/// The differences between the memory of two machines, block by block.
///
/// @param pageSize the size in bytes of the pages that are counted: the smaller one of the two
///   targets
/// @param blocks the blocks in the order of the first stream, then those that only the second one
///   has
public record MemoryDiff(int pageSize, List<BlockDiff> blocks) {
    /// The maximum number of ranges of a block.
    static final int MAX_RANGES = 65_536;

    /// Copies the list.
    public MemoryDiff {
        blocks = List.copyOf(blocks);
    }

    /// What became of a page.
    public enum PageChange {
        /// It has other content.
        CHANGED,
        /// It had content, and is zero now.
        ZEROED,
        /// It was zero, and has content now.
        FILLED,
        /// It is in the first stream only.
        ONLY_BEFORE,
        /// It is in the second stream only.
        ONLY_AFTER
    }

    /// The numbers of pages of a block.
    ///
    /// @param equal the pages with the same content, including zeros
    /// @param neither the pages that are in no stream
    /// @param allowed the pages that differ and that the rules allow to differ
    public record Counts(
            long equal,
            long changed,
            long zeroed,
            long filled,
            long onlyBefore,
            long onlyAfter,
            long neither,
            long allowed) {
        /// The number of pages that differ.
        public long different() {
            return changed + zeroed + filled + onlyBefore + onlyAfter;
        }
    }

    /// A range of pages that differ in the same way, from the offset `start` (inclusive) to `end`
    /// (exclusive).
    public record Range(long start, long end, PageChange change) {}

    /// The differences of one block.
    ///
    /// @param name the name of the block
    /// @param before the block in the first stream
    /// @param after the block in the second stream
    /// @param counts the numbers of pages, as far as both streams have the block
    /// @param ranges the pages that differ, in ascending order; at most the first 65,536 ranges
    /// @param moreRanges the number of further ranges
    public record BlockDiff(
            String name,
            Optional<RamBlock> before,
            Optional<RamBlock> after,
            Counts counts,
            List<Range> ranges,
            long moreRanges) {
        /// Copies the list.
        public BlockDiff {
            ranges = List.copyOf(ranges);
        }

        /// Whether both streams have the block, with the same length and content.
        public boolean same() {
            return before.isPresent()
                    && after.isPresent()
                    && before.get().length() == after.get().length()
                    && counts.different() == 0;
        }
    }

    /// Whether no block differs.
    public boolean same() {
        return blocks.stream().allMatch(BlockDiff::same);
    }
}
