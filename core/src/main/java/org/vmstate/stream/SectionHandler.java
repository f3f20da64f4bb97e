// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.WireReader;

/// Consumes the bodies of one device's sections, whose own structure determines where they end.
///
/// A handler may skip a body, load it, or pass it on. It is called for every section of its device
/// in the order of the stream, in the thread that reads, and may keep state between calls (the
/// blocks of `ram`). A handler that works for a long time without reading must check for an
/// interrupt ([org.vmstate.wire.CancelledException#throwIfInterrupted()]).
///
/// QEMU: `SaveVMHandlers.load_state`.
@FunctionalInterface
public interface SectionHandler {
    /// Moves `in` from the first byte of a section's body to the first byte after it. Must not read
    /// further than that: the source may wait for an answer before it sends more.
    ///
    /// Throws [org.vmstate.wire.CorruptException] for invalid bytes and
    /// [org.vmstate.wire.UnsupportedException] for an unknown version; the reader adds the device
    /// to the path.
    void consume(WireReader in, SectionIdentity identity, StreamContext context) throws IOException;

    /// Finds the handler of a section. It is called once at the start of an iterative device and
    /// once for each full section.
    @FunctionalInterface
    interface Lookup {
        /// Returns the handler, or null if only a description can determine where such a body ends.
        ///
        /// @param iterative whether the device's state is sent as a start, parts and an end
        @Nullable SectionHandler find(SectionIdentity identity, boolean iterative);

        /// Returns the 64-bit numbers with which the body of a full section without a handler can
        /// end; empty if it can end with any bytes.
        default List<Long> endings(SectionIdentity identity) {
            return List.of();
        }
    }
}
