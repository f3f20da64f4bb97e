// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Loads and saves one element of a custom kind.
public interface ElementCodec {
    /// Reads an element and returns its value, which may be `current`, modified.
    @Nullable Object load(WireReader reader, @Nullable Object current) throws IOException;

    /// Writes an element and describes it in the object that is open in `vmdesc`.
    void save(WireWriter writer, @Nullable Object value, @Nullable VmDescWriter vmdesc)
            throws IOException;
}
