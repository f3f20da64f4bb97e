// SPDX-License-Identifier: Apache-2.0
package org.example.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.vmstate.VMStateFields.*;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.HexFormat;
import org.vmstate.VMStateDescription;
import org.vmstate.wire.WireWriter;

/// Saves a structure in native memory.
public final class Main {
    private static final StructLayout TIMER =
            MemoryLayout.structLayout(JAVA_INT.withName("period"), JAVA_INT.withName("count"));

    private Main() {}

    /// Prints the bytes.
    public static void main(String[] args) throws IOException {
        VMStateDescription<MemorySegment> description =
                VMStateDescription.builder("timer", TIMER)
                        .fields(uint32("period"), uint32("count"))
                        .build();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment timer = arena.allocate(TIMER);
            timer.set(JAVA_INT, 0, 7);
            WireWriter writer = WireWriter.toMemory();
            description.save(writer, timer);
            System.out.println(HexFormat.of().formatHex(writer.toByteArray()));
        }
    }
}
