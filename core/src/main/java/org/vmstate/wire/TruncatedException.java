// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// Says that the input ends before what it began is complete.
public final class TruncatedException extends VMStateException {
    private static final long serialVersionUID = 1L;

    /// An error at an absolute offset, or at [#NO_OFFSET].
    public TruncatedException(String detail, long offset) {
        super(detail, offset);
    }
}
