// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

/// Decides which of the expensive oracles are applied to an execution.
@FunctionalInterface
public interface Sample {
    /// Applies all oracles.
    Sample ALL = oneIn -> true;

    /// Whether to apply an oracle that is meant for one in `oneIn` executions.
    boolean takes(int oneIn);
}
