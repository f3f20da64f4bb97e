// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.report;

import java.util.List;
import org.vmstate.compare.MemoryDiff;

/// What a stream contains of the guest's memory, without its bytes.
///
/// @param pageBytes the size of a page of the target; 4096 if it is unknown
/// @param unitBytes the number of bytes that share one state: a page, or several if the memory is
///   large
public record ReportMemory(int pageBytes, long unitBytes, List<Block> blocks) {
    /// Copies the list.
    public ReportMemory {
        blocks = List.copyOf(blocks);
    }

    /// What the stream contains of a unit.
    public enum State {
        /// No page.
        MISSING,
        /// Only zero pages.
        ZERO,
        /// At least one page with content.
        DATA
    }

    /// A number of consecutive units with the same state.
    public record Run(long units, State state) {}

    /// A block of RAM.
    ///
    /// @param length the number of bytes
    /// @param runs the states of its units from its first to its last one
    /// @param changes the pages that differ from those of the other stream
    public record Block(String name, long length, List<Run> runs, List<MemoryDiff.Range> changes) {
        /// Copies the lists.
        public Block {
            runs = List.copyOf(runs);
            changes = List.copyOf(changes);
        }
    }
}
