// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.internal;

import java.io.IOException;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateField;
import org.vmstate.VMStateFields;
import org.vmstate.VMStateInfo;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// An unsigned number of one or four bytes whose type has a name of its own in the stream's
/// description, because code of the device loads and saves it.
///
/// @param bytes 1 or 4
public record NumberInfo(String name, int bytes) implements VMStateInfo<Integer> {
    /// Checks the size.
    public NumberInfo {
        if (bytes != 1 && bytes != Integer.BYTES) {
            throw new IllegalArgumentException("a number of " + bytes + " bytes");
        }
    }

    /// Declares a field of one byte with the type `type`.
    public static <S> VMStateField<S> u8(
            String name,
            String type,
            Function<S, @Nullable Integer> get,
            BiConsumer<S, Integer> set) {
        return VMStateFields.custom(name, new NumberInfo(type, 1)).object(get, set);
    }

    /// Declares a field of four bytes with the type `type`.
    public static <S> VMStateField<S> u32(
            String name,
            String type,
            Function<S, @Nullable Integer> get,
            BiConsumer<S, Integer> set) {
        return VMStateFields.custom(name, new NumberInfo(type, Integer.BYTES)).object(get, set);
    }

    @Override
    public Integer load(WireReader reader, @Nullable Integer current, VMStateField<?> field)
            throws IOException {
        return bytes == 1 ? reader.u8() : reader.int32();
    }

    @Override
    public void save(
            WireWriter writer,
            @Nullable Integer value,
            VMStateField<?> field,
            @Nullable VmDescWriter vmdesc)
            throws IOException {
        int number = Objects.requireNonNull(value);
        if (bytes == 1) {
            writer.u8(number);
        } else {
            writer.int32(number);
        }
    }
}
