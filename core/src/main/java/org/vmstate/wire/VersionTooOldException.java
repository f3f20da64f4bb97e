// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// Thrown when the version in the stream is below the minimum version of the description.
///
/// QEMU: `vmstate_load_state` returns `-EINVAL` with "version_id %d" and "too old".
public final class VersionTooOldException extends VMStateException {
    private static final long serialVersionUID = 1L;

    private final int found;
    private final int minimum;

    /// Creates an exception; `found` is the version in the stream, `minimum..supported` are the
    /// versions that the description can load.
    public VersionTooOldException(int found, int minimum, int supported, long offset) {
        super("version_id " + found + " too old, supported " + minimum + ".." + supported, offset);
        this.found = found;
        this.minimum = minimum;
    }

    /// The version in the stream.
    public int found() {
        return found;
    }

    /// The lowest version its description can load.
    public int minimum() {
        return minimum;
    }
}
