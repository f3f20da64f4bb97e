// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

/// Creates the states of new elements.
@FunctionalInterface
public interface StateFactory {
    /// Returns a new state as its constructor initializes it.
    Object make();
}
