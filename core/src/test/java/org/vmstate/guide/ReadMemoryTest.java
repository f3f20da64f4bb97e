// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.dump.PhysicalMemory;
import org.vmstate.dump.SavedGuest;
import org.vmstate.inspect.Requirements;
import org.vmstate.testing.Corpus;

class ReadMemoryTest {
    @TempDir Path folder;

    private Path stream(String name) throws IOException {
        return Corpus.file(name).unpack(folder);
    }

    @Test
    void bootSectorIsRead() throws IOException {
        byte[] sector = ReadMemory.bootSector(stream("v-plain-72.mig"));

        assertThat(sector).endsWith(0x55, 0xaa);
    }

    @Test
    void holesOfAPcAreNotMapped() throws IOException {
        try (SavedGuest guest = SavedGuest.open(stream("v-plain-72.mig"))) {
            assertThat(ReadMemory.holes(guest))
                    .allMatch(p -> p.presence() == PhysicalMemory.Presence.UNMAPPED);
        }
    }

    @Test
    void memoryElsewhereIsPlaced() throws IOException {
        Path stream = stream("v-ignshared-100.mig");
        Path shared =
                Files.write(
                        folder.resolve("shared"),
                        new byte
                                [(int)
                                        Corpus.file("v-ignshared-100.mig").blocks().stream()
                                                .filter(b -> b.name().equals("ram0"))
                                                .findFirst()
                                                .orElseThrow()
                                                .length()]);
        try (SavedGuest guest = ReadMemory.withMemoryElsewhere(stream, shared)) {
            assertThat(guest.memory().span(0x100000000L).presence())
                    .isEqualTo(PhysicalMemory.Presence.PRESENT);
        }
    }

    @Test
    void coreIsWritten() throws IOException {
        Path core = folder.resolve("vm.core");

        ReadMemory.core(stream("v-plain-72.mig"), core);

        assertThat(core).exists();
        assertThat(
                        ReadMemory.coreWithinASecond(folder.resolve("v-plain-72.mig"), core)
                                || Files.exists(core))
                .isTrue();
    }

    @Test
    void requirementsNameTheMachine() throws IOException {
        Requirements expected = ReadMemory.expectedBy(stream("v-plain-72.mig"));

        assertThat(expected.machineType()).hasValue("pc-i440fx-7.2");
    }

    @Test
    void aProgramsMemoryIsAStream() throws IOException {
        byte[] memory = new byte[8192];
        System.arraycopy("hello guest".getBytes(US_ASCII), 0, memory, 4096, 11);

        byte[] stream = ReadMemory.streamOf(memory, folder);

        assertThat(new String(stream, US_ASCII)).contains("hello guest");
    }
}
