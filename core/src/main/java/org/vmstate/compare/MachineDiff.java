// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.List;
import java.util.Optional;
import org.vmstate.inspect.SavedMachine;

/// The differences between two machines.
///
/// Immutable; valid while the sources of both streams are open.
///
/// @param differences the differences of the states, in the order of the first stream
/// @param allowed the number of differences that the rules allow, which are not in the list
/// @param omitted the number of further differences after the first 100,000, whether the rules
///   allow them or not, which are not in the list either
/// @param memory the differences of the memory; empty if it was not compared
public record MachineDiff(
        List<Difference> differences, long allowed, long omitted, Optional<MemoryDiff> memory) {
    /// The maximum number of differences in the list.
    static final int MAX_DIFFERENCES = 100_000;

    /// Copies the list.
    public MachineDiff {
        differences = List.copyOf(differences);
    }

    /// Compares the states of two machines, without their memory. Of iterative devices, such as
    /// `spapr/htab`, only the versions and the sizes of their states are compared; [Comparison]
    /// compares their bytes, too.
    public static MachineDiff of(SavedMachine before, SavedMachine after, DiffRules rules) {
        MachineComparison comparison = new MachineComparison(before, after, rules);
        comparison.compare();
        return comparison.result(Optional.empty());
    }

    /// Whether nothing differs but what the rules allow.
    public boolean same() {
        return differences.isEmpty() && omitted == 0 && memory.map(MemoryDiff::same).orElse(true);
    }
}
