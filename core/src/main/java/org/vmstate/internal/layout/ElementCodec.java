// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Loads and saves one element in its own way.
public interface ElementCodec {
    /// Reads an element; returns its value, which may be `current` itself, changed.
    @Nullable Object load(WireReader reader, @Nullable Object current) throws IOException;

    /// Writes an element, and into the open object of `vmdesc` what it wants to say of itself.
    void save(WireWriter writer, @Nullable Object value, @Nullable VmDescWriter vmdesc)
            throws IOException;
}
