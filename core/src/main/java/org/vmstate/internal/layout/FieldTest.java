// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

/// Decides from the state and the version whether a field exists.
@FunctionalInterface
public interface FieldTest {
    /// Whether the field exists in `state` when its description is saved or loaded at `version`.
    boolean exists(Object state, int version);
}
