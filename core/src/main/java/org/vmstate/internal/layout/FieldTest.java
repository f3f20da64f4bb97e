// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

/// Decides from the state whether a field is there.
@FunctionalInterface
public interface FieldTest {
    /// Whether the field is there in `state` when its description is saved or loaded at `version`.
    boolean exists(Object state, int version);
}
