// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import java.io.IOException;
import org.vmstate.internal.access.Layout;
import org.vmstate.wire.WireWriter;

/// Writes consecutive fields of a body without describing them.
@FunctionalInterface
public interface FieldWriter {
    /// Writes the fields of a state.
    void save(WireWriter out, Object state, int version) throws IOException;

    /// Creates writers for fields of the current version.
    @FunctionalInterface
    interface Factory {
        /// Returns a writer for the fields from index `from` to index `to`, exclusive, without
        /// hooks and subsections.
        FieldWriter of(Layout layout, int from, int to);
    }
}
