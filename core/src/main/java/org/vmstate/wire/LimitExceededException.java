// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// Says that a count, length or depth in the input is beyond what [ReadLimits] allows or what its
/// own size can justify.
public final class LimitExceededException extends VMStateException {
    private static final long serialVersionUID = 1L;

    /// An error at an absolute offset, or at [#NO_OFFSET].
    public LimitExceededException(String detail, long offset) {
        super(detail, offset);
    }
}
