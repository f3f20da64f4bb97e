// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// Thrown when the input is well-formed as far as can be judged, but holds something that this
/// library does not read.
public final class UnsupportedException extends VMStateException {
    private static final long serialVersionUID = 1L;

    /// An exception with an absolute offset, or [#NO_OFFSET].
    public UnsupportedException(String detail, long offset) {
        super(detail, offset);
    }
}
