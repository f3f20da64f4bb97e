// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import org.vmstate.wire.WireReader;

/// Passes over the body of an iterative section, whose own structure says where it ends.
///
/// A walker is asked for every piece of its device in the order of the stream and may keep what it
/// learned (the blocks of `ram`).
@FunctionalInterface
public interface BodyWalker {
    /// Moves `in` from the first byte of the body of a section to the first byte behind it, without
    /// keeping the body in memory.
    void walk(WireReader in, SectionIdentity identity, StreamContext context) throws IOException;

    /// Finds the walker for a device.
    @FunctionalInterface
    interface Lookup {
        /// The walker for the device of this identity, or null if its structure is not known.
        @org.jspecify.annotations.Nullable
        BodyWalker find(SectionIdentity identity);
    }
}
