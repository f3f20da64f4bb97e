// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.WireReader;

/// Consumes the bodies of one device's sections, whose own structure says where they end.
///
/// A handler may pass over a body, load it, or hand it on. It is given every piece of its device in
/// the order of the stream, in the thread that reads, and may keep what it learned (the blocks of
/// `ram`). A handler whose work takes long without reading looks for an interrupt
/// ([org.vmstate.wire.CancelledException#throwIfInterrupted()]).
///
/// QEMU: `SaveVMHandlers.load_state`.
@FunctionalInterface
public interface SectionHandler {
    /// Moves `in` from the first byte of the body of a section to the first byte behind it, and
    /// reads no further than that: the source may wait for an answer before it sends more.
    ///
    /// Bytes that are wrong are a [org.vmstate.wire.CorruptException], a version that is not known
    /// an [org.vmstate.wire.UnsupportedException]; the reader puts the device before their path.
    void consume(WireReader in, SectionIdentity identity, StreamContext context) throws IOException;

    /// Finds the handler of a section. It is asked once for a device: at its start, and once more
    /// for each full section.
    @FunctionalInterface
    interface Lookup {
        /// The handler, or null if nothing but a description knows where such a body ends.
        ///
        /// @param iterative whether the device's state comes in pieces, a start, parts and an end
        @Nullable SectionHandler find(SectionIdentity identity, boolean iterative);

        /// The 64-bit numbers of which one ends the body of a full section without a handler, where
        /// that is known; empty where it may end in anything.
        default List<Long> endings(SectionIdentity identity) {
            return List.of();
        }
    }
}
