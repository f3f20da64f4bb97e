// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// A device whose state is sent in pieces: a START section, any number of PART sections, an END
/// section. Each of the methods that write or read handles the body of one section; bodies have no
/// length, so a body must show where it ends.
///
/// QEMU: `SaveVMHandlers`.
public interface IterativeDevice {
    /// The version of the sections.
    int versionId();

    /// Returns whether there is anything to save; if not, no section is written.
    default boolean active() {
        return true;
    }

    /// Writes the body of the START section.
    void setup(WireWriter out) throws IOException;

    /// Returns the number of bytes that are left to be sent, 0 if none; an estimate while the
    /// machine runs.
    long pending() throws IOException;

    /// Writes the body of a PART section. Called if [#pending()] is not 0. In a live migration the
    /// machine is running.
    ///
    /// @param maxBytes about how many bytes the body may have, so that others have their turn
    void iterate(WireWriter out, long maxBytes) throws IOException;

    /// Writes the body of the END section, after the machine has stopped.
    void complete(WireWriter out) throws IOException;

    /// Called once after [#setup], whether saving succeeded or not.
    default void cleanup() {}

    /// Reads the body of one section to its end and checks it, without changing anything. The
    /// bodies of all sections of a stream are checked in their order before the first one is
    /// loaded. Not called in a live migration, whose bodies are loaded as they arrive.
    void verify(WireReader in, int versionId) throws IOException;

    /// Called before the first body is loaded.
    default void beforeLoad() {}

    /// Loads the body of one section. Invalid bytes are a
    /// [VMStateException][org.vmstate.wire.VMStateException].
    void load(WireReader in, int versionId) throws IOException;
}
