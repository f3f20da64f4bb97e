// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmstate.VMStateCoverage;
import org.vmstate.guide.DeclareDeviceState.Frame;
import org.vmstate.guide.DeclareDeviceState.Uart;
import org.vmstate.wire.VersionTooNewException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Checks the statements of the guide about its code.
final class DeclareDeviceStateTest {
    private static byte[] firstVersion() throws IOException {
        DeclareFirstVersion.Uart uart = new DeclareFirstVersion.Uart();
        uart.write('x');
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DeclareFirstVersion.migrate(uart, Channels.newChannel(bytes));
        return bytes.toByteArray();
    }

    @Test
    void deviceArrivesAsItLeft() throws IOException {
        byte[] bytes = firstVersion();
        assertThat(bytes).hasSize(2 + 1 + 4 + 16);
        DeclareFirstVersion.Uart arrived =
                DeclareFirstVersion.arrive(Channels.newChannel(new ByteArrayInputStream(bytes)));
        WireWriter again = WireWriter.toMemory();
        DeclareFirstVersion.Uart.VMSTATE.save(again, arrived);
        assertThat(again.toByteArray()).isEqualTo(bytes);
    }

    @Test
    @Timeout(value = 30, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void deviceArrivesOverAPipeThatStaysOpen() throws IOException {
        Pipe pipe = Pipe.open();
        try (Pipe.SinkChannel sink = pipe.sink();
                Pipe.SourceChannel source = pipe.source()) {
            DeclareFirstVersion.Uart uart = new DeclareFirstVersion.Uart();
            uart.write('x');
            DeclareFirstVersion.migrate(uart, sink);
            DeclareFirstVersion.Uart arrived = DeclareFirstVersion.arrive(source);
            WireWriter again = WireWriter.toMemory();
            DeclareFirstVersion.Uart.VMSTATE.save(again, arrived);
            assertThat(again.toByteArray()).isEqualTo(firstVersion());
        }
    }

    @Test
    void theEvolvedDeviceWritesForItsFirstVersion() throws IOException {
        Uart uart = new Uart();
        WireWriter writer = WireWriter.toMemory();
        Uart.VMSTATE.save(writer, uart, 1);
        byte[] bytes = writer.toByteArray();
        DeclareFirstVersion.Uart old =
                DeclareFirstVersion.Uart.VMSTATE.load(
                        WireReader.of(bytes), DeclareFirstVersion.Uart::new, 1);
        WireWriter again = WireWriter.toMemory();
        DeclareFirstVersion.Uart.VMSTATE.save(again, old);
        assertThat(again.toByteArray()).isEqualTo(bytes);
    }

    @Test
    void olderBytesAreLoadedByTheEvolvedDevice() throws IOException {
        assertThat(DeclareDeviceState.loaded(firstVersion(), 1))
                .isEqualTo("loaded 1 bytes, interrupt true");
    }

    @Test
    void newerBytesAreRefusedByTheOlderDevice() throws IOException {
        WireWriter writer = WireWriter.toMemory();
        Uart.VMSTATE.save(writer, new Uart());
        assertThatThrownBy(
                        () ->
                                DeclareFirstVersion.Uart.VMSTATE.load(
                                        WireReader.of(writer.toByteArray()),
                                        DeclareFirstVersion.Uart::new,
                                        2))
                .isInstanceOf(VersionTooNewException.class)
                .hasMessage("uart: version_id 2 too new, supported 1..1 (offset 0x0)");
    }

    @Test
    void valuesOutOfRangeAreRefused() throws IOException {
        byte[] bytes = firstVersion();
        bytes[6] = 17;
        assertThat(DeclareDeviceState.loaded(bytes, 1))
                .isEqualTo("uart > fifo_used_in_range at 7: the check failed (version_id 1)");
    }

    @Test
    void subsectionIsSentOnlyWhenNeeded() throws IOException {
        Uart uart = new Uart();
        assertThat(DeclareDeviceState.described(uart)).doesNotContain("uart/frames");
        Frame frame = new Frame();
        frame.length = 2;
        frame.data = new byte[] {1, 2};
        uart.frames.insertTail(frame);
        assertThat(DeclareDeviceState.described(uart))
                .endsWith(
                        "\"subsections\": [{\"vmsd_name\": \"uart/frames\", \"version\": 1,"
                                + " \"fields\": [{\"name\": \"frames\", \"type\": \"qtailq\","
                                + " \"vmsd_name\": \"uart-frame\", \"version\": 1, \"fields\":"
                                + " [{\"name\": \"length\", \"type\": \"uint32\", \"size\": 4},"
                                + " {\"name\": \"data\", \"type\": \"buffer\", \"size\": 2}],"
                                + " \"size\": 8}]}]}");
    }

    @Test
    void whatTheEngineDoesIsTraced() throws IOException {
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        DeclareDeviceState.traced(lines, new Uart());
        assertThat(lines).startsWith("vmstate_save_state_top uart");
    }

    @Test
    void everyFieldIsMigrated() {
        assertThat(VMStateCoverage.of(Uart.class, Uart.VMSTATE).uncovered()).isEmpty();
    }

    @Test
    void walkingOverNeedsNoObject() throws IOException {
        assertThat(DeclareFirstVersion.Uart.VMSTATE.verify(WireReader.of(firstVersion()), 1))
                .isEqualTo(23);
    }

    @Test
    void alarmKeepsTheTimeThatItStillRuns() throws IOException {
        DeclareDeviceState.Alarm alarm = new DeclareDeviceState.Alarm();
        alarm.deadline = System.nanoTime() + SECONDS.toNanos(3600);
        WireWriter out = WireWriter.toMemory();
        DeclareDeviceState.Alarm.VMSTATE.save(out, alarm);
        DeclareDeviceState.Alarm arrived =
                DeclareDeviceState.Alarm.VMSTATE.load(
                        WireReader.of(out.toByteArray()), DeclareDeviceState.Alarm::new, 1);

        assertThat(out.toByteArray()).hasSize(8);
        assertThat(arrived.deadline).isGreaterThanOrEqualTo(alarm.deadline);
        assertThat(arrived.deadline - System.nanoTime()).isBetween(1L, SECONDS.toNanos(3600));
    }
}
