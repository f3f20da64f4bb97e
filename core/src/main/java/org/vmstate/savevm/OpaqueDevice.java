// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;

/// A device that is saved whole, and whose own code writes and reads the bytes: a device of before
/// there were descriptions, or one whose bytes are kept without a look at them. The stream's
/// description contains only their number.
///
/// The arrays that are passed to a device are its own, and it may keep them. A device refuses bytes
/// by throwing a [VMStateException][org.vmstate.wire.VMStateException].
///
/// QEMU: `SaveVMHandlers` with `save_state` and `load_state`.
public interface OpaqueDevice {
    /// The version of the section.
    int versionId();

    /// Returns the body of the section, which is copied.
    byte[] save() throws IOException;

    /// Checks the body of a section, without changing anything.
    ///
    /// @param versionId at most [#versionId()]
    void verify(byte[] body, int versionId) throws IOException;

    /// Loads the body of a section.
    ///
    /// @param versionId at most [#versionId()]
    void load(byte[] body, int versionId) throws IOException;
}
