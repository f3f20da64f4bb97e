// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

/// Decides which of the expensive oracles an execution is held to.
@FunctionalInterface
public interface Sample {
    /// All of them.
    Sample ALL = oneIn -> true;

    /// Whether an oracle applies that is meant for one in so many executions.
    boolean takes(int oneIn);
}
