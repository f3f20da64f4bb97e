// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.layout.ElementCodec;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Adapts a [VMStateInfo] to the elements of one field; `field` is null until the description is
/// built.
record InfoCodec<V>(VMStateInfo<V> info, @Nullable VMStateField<?> field) implements ElementCodec {
    /// Returns this codec bound to `place`.
    InfoCodec<V> at(VMStateField<?> place) {
        return new InfoCodec<>(info, place);
    }

    @Override
    @SuppressWarnings("unchecked")
    public @Nullable Object load(WireReader reader, @Nullable Object current) throws IOException {
        return info.load(reader, (V) current, Objects.requireNonNull(field));
    }

    @Override
    @SuppressWarnings("unchecked")
    public void save(WireWriter writer, @Nullable Object value, @Nullable VmDescWriter vmdesc)
            throws IOException {
        info.save(writer, (V) value, Objects.requireNonNull(field), vmdesc);
    }
}
