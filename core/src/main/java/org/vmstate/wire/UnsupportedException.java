// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// Thrown when the input appears to be well-formed but contains something that this library does
/// not support.
public final class UnsupportedException extends VMStateException {
    private static final long serialVersionUID = 1L;

    /// Creates an exception with an absolute offset, or [#NO_OFFSET].
    public UnsupportedException(String detail, long offset) {
        super(detail, offset);
    }
}
