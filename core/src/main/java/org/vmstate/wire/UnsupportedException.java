// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// Says that the input is well-formed as far as it can be judged, but holds something this library
/// does not read.
public final class UnsupportedException extends VMStateException {
    private static final long serialVersionUID = 1L;

    /// An error at an absolute offset, or at [#NO_OFFSET].
    public UnsupportedException(String detail, long offset) {
        super(detail, offset);
    }
}
