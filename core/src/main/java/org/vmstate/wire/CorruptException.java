// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// Thrown when the input contains bytes that no writer of the format produces.
public final class CorruptException extends VMStateException {
    private static final long serialVersionUID = 1L;

    /// Creates an exception with an absolute offset, or [#NO_OFFSET].
    public CorruptException(String detail, long offset) {
        super(detail, offset);
    }
}
