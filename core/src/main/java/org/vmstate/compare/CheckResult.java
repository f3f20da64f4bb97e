// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.List;
import java.util.stream.Collectors;

/// The result of a check: the differences in the order in which a load meets them.
///
/// If several refuse the source, QEMU reports the first one.
///
/// @param reasons all differences
public record CheckResult(List<Reason> reasons) {
    /// Copies the list.
    public CheckResult {
        reasons = List.copyOf(reasons);
    }

    /// Whether the destination loads the source, as far as this is known.
    public Verdict verdict() {
        if (has(Reason.Effect.REFUSES)) {
            return Verdict.REFUSED;
        }
        return has(Reason.Effect.MAY_REFUSE) ? Verdict.UNDECIDED : Verdict.LOADS;
    }

    /// The reasons with one effect.
    public List<Reason> reasons(Reason.Effect effect) {
        return reasons.stream().filter(r -> r.effect() == effect).toList();
    }

    private boolean has(Reason.Effect effect) {
        return reasons.stream().anyMatch(r -> r.effect() == effect);
    }

    /// The verdict and the reasons, one a line.
    @Override
    public String toString() {
        return verdict() + reasons.stream().map(r -> "\n  " + r).collect(Collectors.joining());
    }
}
