// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// Says that the state itself was refused: a value that must be equal is not, a check failed, or a
/// hook said no.
public final class RefusedException extends VMStateException {
    private static final long serialVersionUID = 1L;

    /// An error at an absolute offset, or at [#NO_OFFSET].
    public RefusedException(String detail, long offset) {
        super(detail, offset);
    }
}
