// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// Thrown when the state itself is refused: a value that must be equal is not, a check failed, a
/// hook refused it, or its code threw an exception, which is then the cause.
public final class RefusedException extends VMStateException {
    private static final long serialVersionUID = 1L;

    /// Creates an exception without an offset, to be thrown by a hook: the state is wrong, not a
    /// byte. During a load, the engine adds the offset of the value being loaded.
    public RefusedException(String detail) {
        super(detail, NO_OFFSET);
    }

    /// Creates an exception with an absolute offset, or [#NO_OFFSET].
    public RefusedException(String detail, long offset) {
        super(detail, offset);
    }
}
