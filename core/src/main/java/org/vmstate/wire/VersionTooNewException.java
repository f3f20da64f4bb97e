// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// Says that data carries a version above the one its description knows.
///
/// QEMU: `vmstate_load_state` answers `-EINVAL` with "version_id %d" and "too new".
public final class VersionTooNewException extends VMStateException {
    private static final long serialVersionUID = 1L;

    private final int found;
    private final int supported;

    /// `found` is the version in the stream, `minimum..supported` what the description loads.
    public VersionTooNewException(int found, int minimum, int supported, long offset) {
        super("version_id " + found + " too new, supported " + minimum + ".." + supported, offset);
        this.found = found;
        this.supported = supported;
    }

    /// The version the data carries.
    public int found() {
        return found;
    }

    /// The highest version its description can load.
    public int supported() {
        return supported;
    }
}
