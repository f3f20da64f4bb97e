// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// Thrown when the version in the stream is above the current version of the description.
///
/// QEMU: `vmstate_load_state` returns `-EINVAL` with "version_id %d" and "too new".
public final class VersionTooNewException extends VMStateException {
    private static final long serialVersionUID = 1L;

    private final long found;
    private final int supported;

    /// Creates an exception; `found` is the version in the stream, `minimum..supported` are the
    /// versions that the description can load.
    public VersionTooNewException(long found, int minimum, int supported, long offset) {
        super("version_id " + found + " too new, supported " + minimum + ".." + supported, offset);
        this.found = found;
        this.supported = supported;
    }

    /// The version in the stream; the version of a section is an unsigned 32-bit number.
    public long found() {
        return found;
    }

    /// The highest version its description can load.
    public int supported() {
        return supported;
    }
}
