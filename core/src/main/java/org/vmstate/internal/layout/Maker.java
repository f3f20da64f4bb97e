// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

/// Makes the state of one new element.
@FunctionalInterface
public interface Maker {
    /// A new state, its members as its constructor leaves them.
    Object make();
}
