// SPDX-License-Identifier: Apache-2.0
package org.vmstate.interop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.testing.Firmware;
import org.vmstate.testing.Qemu;
import org.vmstate.testing.QemuMachine;

/// Checks that the real QEMU loads what it saved, which all other interoperability tests require.
class QemuInteropTest {
    private static final int FILL = 1 << 20;

    @TempDir Path folder;

    @Test
    void pendingEventsSurviveSaveAndLoad() throws Exception {
        Path saved = folder.resolve("saved.mig");
        Path again = folder.resolve("again.mig");
        PseriesEvents.save(saved, 3);
        assertThat(events(saved)).isEqualTo(3);
        try (Qemu destination = PseriesEvents.load(saved)) {
            assertThat(destination.status()).isEqualTo("running");
            destination.execute("system_powerdown");
            destination.save(again);
        }
        assertThat(events(again)).isEqualTo(4);
    }

    @Test
    void memorySurvivesSaveAndLoad() throws Exception {
        Path saved = folder.resolve("saved.mig");
        byte[] fill = Firmware.pcFill(FILL);
        try (Qemu source = QemuMachine.pc(FILL).start()) {
            source.awaitMemory(0x8000, "done".getBytes(US_ASCII));
            assertThat(source.memory(Firmware.PC_FILL_START, FILL)).isEqualTo(fill);
            source.save(saved);
            assertThat(source.status()).isEqualTo("postmigrate");
        }
        try (Qemu destination = QemuMachine.pc(FILL).startIncoming()) {
            destination.load(saved);
            assertThat(destination.status()).isEqualTo("running");
            assertThat(destination.memory(Firmware.PC_FILL_START, FILL)).isEqualTo(fill);
            assertThat(destination.monitor("info registers")).contains("HLT=1");
        }
    }

    @Test
    void refusedStreamIsReportedInTheWordsOfQemu() throws Exception {
        Path saved = folder.resolve("saved.mig");
        try (Qemu source = QemuMachine.pc(4096).start()) {
            source.save(saved);
        }
        byte[] bytes = Files.readAllBytes(saved);
        Files.write(saved, Arrays.copyOf(bytes, bytes.length / 4));
        try (Qemu destination = QemuMachine.pc(4096).startIncoming()) {
            assertThatThrownBy(() -> destination.load(saved))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("load of migration failed");
        }
    }

    /// The elements of the queue of pending events, according to the description in the stream.
    private static int events(Path stream) throws IOException {
        String text = new String(Files.readAllBytes(stream), ISO_8859_1);
        return text.split("\"spapr_event_log_entry\"", -1).length - 1;
    }
}
