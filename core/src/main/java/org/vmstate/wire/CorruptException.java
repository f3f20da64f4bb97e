// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// Says that bytes are there which no writer of the format would have written.
public final class CorruptException extends VMStateException {
    private static final long serialVersionUID = 1L;

    /// An error at an absolute offset, or at [#NO_OFFSET].
    public CorruptException(String detail, long offset) {
        super(detail, offset);
    }
}
