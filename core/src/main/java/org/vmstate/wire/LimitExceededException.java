// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// Thrown when a count, length or depth in the input exceeds [ReadLimits] or the rest of the input.
public final class LimitExceededException extends VMStateException {
    private static final long serialVersionUID = 1L;

    /// Creates an exception with an absolute offset, or [#NO_OFFSET].
    public LimitExceededException(String detail, long offset) {
        super(detail, offset);
    }
}
