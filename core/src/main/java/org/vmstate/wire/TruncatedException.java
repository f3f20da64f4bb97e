// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// Thrown when the input ends before the current element is complete.
public final class TruncatedException extends VMStateException {
    private static final long serialVersionUID = 1L;

    /// Creates an exception with an absolute offset, or [#NO_OFFSET].
    public TruncatedException(String detail, long offset) {
        super(detail, offset);
    }
}
