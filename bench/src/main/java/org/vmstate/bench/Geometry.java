// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import static org.vmstate.VMStateFields.bool;
import static org.vmstate.VMStateFields.uint16;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint64;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// A record, which each load creates anew.
record Geometry(int cylinders, short heads, short sectors, long bytes, boolean removable) {
    private static final VMStateDescription<Geometry> VMSTATE =
            VMStateDescription.builder("cbench/geometry", Geometry.class, MethodHandles.lookup())
                    .fields(
                            uint32("cylinders"),
                            uint16("heads"),
                            uint16("sectors"),
                            uint64("bytes"),
                            bool("removable"))
                    .build();

    /// Saves and loads one record.
    static final class OfRecord implements Contender {
        private final Geometry state = new Geometry(16383, (short) 16, (short) 63, 1L << 40, true);
        private final WireWriter writer = WireWriter.toMemory();
        private final WireReader reader;

        OfRecord() throws IOException {
            VMSTATE.save(writer, state);
            reader = WireReader.of(writer.toByteArray());
        }

        @Override
        public int save() throws IOException {
            writer.clear();
            VMSTATE.save(writer, state);
            return (int) writer.position();
        }

        @Override
        public Object load() throws IOException {
            reader.seek(0);
            return VMSTATE.load(reader, () -> state, 1);
        }
    }
}
