// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices;

import org.vmstate.savevm.OpaqueDevice;

/// The section `slirp`: the state of a network in user mode, which QEMU adds to a machine unless
/// `-nic none` is given.
///
/// The bytes belong to the library libslirp and are kept as they are. Those of a network without
/// connections are zeros.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1, of networks without connections. QEMU:
/// `net_slirp_state_save`.
public final class UserNetwork implements OpaqueDevice {
    /// The body of the section.
    public byte[] bytes = new byte[131];

    /// Creates the state of a network without connections.
    public UserNetwork() {}

    @Override
    public int versionId() {
        return 4;
    }

    @Override
    public byte[] save() {
        return bytes.clone();
    }

    /// Accepts all bytes.
    @Override
    public void verify(byte[] body, int versionId) {}

    @Override
    public void load(byte[] body, int versionId) {
        bytes = body.clone();
    }
}
