// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

class NativeMemoryTest {
    @Test
    void exampleLoadsWalksAndSavesItsQueue() throws IOException {
        byte[] bytes =
                HexFormat.of()
                        .parseHex(
                                "01 0000002a 00000002 cafe 01 00000005 00000000 00"
                                        .replace(" ", ""));
        try (Arena arena = Arena.ofConfined()) {
            NativeMemory example = new NativeMemory(arena);
            MemorySegment machine = arena.allocate(NativeMemory.MACHINE);

            example.machine().load(WireReader.of(bytes), machine, 1);

            assertThat(NativeMemory.sumOfSummaries(machine)).isEqualTo(47);
            WireWriter writer = WireWriter.toMemory();
            example.machine().save(writer, machine);
            assertThat(writer.toByteArray()).isEqualTo(bytes);
        }
    }
}
