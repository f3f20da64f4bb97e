// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

/// One of the two machines of a comparison.
public enum Side {
    /// The first machine, which a difference changes.
    BEFORE,
    /// The second machine, to which it is changed.
    AFTER
}
