// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.struct;
import static org.vmstate.VMStateFields.uint32;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmstate.VMStateCoverage;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDescriptionBuilder;
import org.vmstate.guide.GrowingDevice.Event;
import org.vmstate.guide.GrowingDevice.Parity;
import org.vmstate.guide.GrowingDevice.Port;
import org.vmstate.guide.GrowingDevice.Timer;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Checks the statements of the guide about new fields of nested structures.
final class GrowingDeviceTest {
    private static final String VERSION_1 = "00001000" + "00000007" + "00";

    private static Port loaded(byte[] bytes, int versionId) throws IOException {
        Port port = new Port();
        Port.VMSTATE.load(WireReader.of(bytes), port, versionId);
        return port;
    }

    @Test
    void olderBytesLeaveNewPartsAsTheyWere() throws IOException {
        Port port = loaded(HexFormat.of().parseHex(VERSION_1), 1);
        assertThat(port.timer.period).isEqualTo(7);
        assertThat(port.timer.phase).isZero();
        assertThat(port.parity).isEqualTo(Parity.NONE);
    }

    @Test
    void olderProgramGetsTheBytesOfItsVersion() throws IOException {
        Port port = loaded(HexFormat.of().parseHex(VERSION_1), 1);
        port.timer.phase = 3;
        assertThat(HexFormat.of().formatHex(GrowingDevice.savedFor(1, port))).isEqualTo(VERSION_1);
        assertThat(HexFormat.of().formatHex(GrowingDevice.savedFor(2, port)))
                .isEqualTo(VERSION_1 + "00");
    }

    @Test
    void everyPartArrives() throws IOException {
        Port port = new Port();
        port.timer.phase = 3;
        port.parity = Parity.EVEN;
        port.label = "left";
        port.interrupt = Optional.of(9);
        Event event = new Event();
        event.time = 5;
        port.events.insertTail(event);
        Port arrived = loaded(GrowingDevice.savedFor(3, port), 3);
        assertThat(arrived.timer.phase).isEqualTo(3);
        assertThat(arrived.parity).isEqualTo(Parity.EVEN);
        assertThat(arrived.label).isEqualTo("left");
        assertThat(arrived.interrupt).contains(9);
        assertThat(arrived.events).singleElement().extracting(e -> e.time).isEqualTo(5L);
        assertThat(VMStateCoverage.of(Port.class, Port.VMSTATE).uncovered()).isEmpty();
    }

    @Test
    void elementIsReadByAProgramWithoutItsSubsectionUnlessThatIsSent() throws IOException {
        VMStateDescription<Event> old =
                VMStateDescription.builder("event", Event.class, MethodHandles.lookup())
                        .fields(uint32("code"))
                        .build();
        Event event = new Event();
        WireWriter writer = WireWriter.toMemory();
        Event.VMSTATE.save(writer, event);
        old.load(WireReader.of(writer.toByteArray()), new Event(), 1);
        event.time = 1;
        writer.clear();
        Event.VMSTATE.save(writer, event);
        assertThatThrownBy(() -> old.load(WireReader.of(writer.toByteArray()), new Event(), 1))
                .isInstanceOf(CorruptException.class)
                .hasMessageContaining("'event' has no subsection 'event/time'");
    }

    @Test
    void structureThatGrewIsRefusedWithoutItsVersions() {
        VMStateDescriptionBuilder<Port> port =
                VMStateDescription.builder("port", Port.class, MethodHandles.lookup())
                        .versionId(3)
                        .minimumVersionId(1)
                        .fields(struct("timer", Timer.VMSTATE));
        assertThatThrownBy(port::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("use vstruct");
    }
}
