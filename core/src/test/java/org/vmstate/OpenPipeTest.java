// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.*;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Bodies from a pipe that stays open, so that reading one byte too many would block.
@Timeout(value = 30, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class OpenPipeTest {
    static final class Part {
        int y = 2;

        static final VMStateDescription<Part> VMSTATE =
                VMStateDescription.builder("part", Part.class, MethodHandles.lookup())
                        .fields(uint16("y"))
                        .build();
    }

    record Point(int x, int y) {}

    @SuppressWarnings("UnusedVariable") // read by the descriptions
    static final class Device {
        int x = 1;
        Part part = new Part();
        Part[] parts = {new Part(), new Part()};
        Point point = new Point(3, 4);
    }

    private static final VMStateDescription<Point> POINT =
            VMStateDescription.builder("point", Point.class, MethodHandles.lookup())
                    .fields(uint8("x"), uint8("y"))
                    .build();

    private static VMStateDescriptionBuilder<Device> builder() {
        return VMStateDescription.builder("device", Device.class, MethodHandles.lookup())
                .versionId(2)
                .minimumVersionId(1)
                .fields(uint8("x"), uint8("again").named("x").sinceVersion(2));
    }

    static Stream<VMStateDescription<Device>> descriptions() {
        return Stream.of(
                builder().build(),
                builder().fields(struct("part", Part.VMSTATE)).build(),
                builder().fields(struct("parts", Part.VMSTATE).array(2)).build(),
                builder().fields(struct("part", Part.VMSTATE), struct("point", POINT)).build());
    }

    @ParameterizedTest
    @MethodSource("descriptions")
    void aBodyThatNothingCanFollowIsLoadedWhenItIsThere(VMStateDescription<Device> description)
            throws IOException {
        for (int version = 1; version <= 2; version++) {
            Pipe pipe = Pipe.open();
            try (Pipe.SinkChannel sink = pipe.sink();
                    WireReader reader = WireReader.of(pipe.source(), ReadLimits.DEFAULT)) {
                WireWriter writer = WireWriter.to(sink);
                for (int i = 0; i < 2; i++) {
                    Device device = new Device();
                    device.x = 7 + i;
                    description.save(writer, device, version);
                    writer.flush();
                    assertThat(description.load(reader, Device::new, version).x).isEqualTo(7 + i);
                }
                description.save(writer, new Device(), version);
                writer.flush();
                assertThat(description.verify(reader, version)).isPositive();
            }
        }
    }

    @Test
    void aRecordIsLoadedWhenItIsThere() throws IOException {
        Pipe pipe = Pipe.open();
        try (Pipe.SinkChannel sink = pipe.sink();
                WireReader reader = WireReader.of(pipe.source(), ReadLimits.DEFAULT)) {
            WireWriter writer = WireWriter.to(sink);
            POINT.save(writer, new Point(5, 6));
            writer.flush();
            assertThat(POINT.load(reader, () -> new Point(0, 0), 1)).isEqualTo(new Point(5, 6));
        }
    }

    @Test
    void anUnknownSubsectionThatHasArrivedIsRefused() throws IOException {
        Pipe pipe = Pipe.open();
        try (Pipe.SinkChannel sink = pipe.sink();
                WireReader reader = WireReader.of(pipe.source(), ReadLimits.DEFAULT)) {
            byte[] bytes = {0, 2, 5, 6, 'p', 'a', 'r', 't', '/', 'x', 0, 0, 0, 1};
            sink.write(ByteBuffer.wrap(bytes));
            assertThatThrownBy(() -> Part.VMSTATE.load(reader, Part::new, 1))
                    .isInstanceOf(CorruptException.class)
                    .hasMessage("part: 'part' has no subsection 'part/x' (offset 0x2)");
        }
    }

    /// Loading does not wait for further bytes that could be a subsection.
    @Test
    void aByteThatCouldBeginASubsectionIsLeftToWhoeverReadsOn() throws IOException {
        Pipe pipe = Pipe.open();
        try (Pipe.SinkChannel sink = pipe.sink();
                WireReader reader = WireReader.of(pipe.source(), ReadLimits.DEFAULT)) {
            sink.write(ByteBuffer.wrap(new byte[] {0, 2, 5}));
            assertThat(Part.VMSTATE.load(reader, Part::new, 1).y).isEqualTo(2);
            assertThat(reader.u8()).isEqualTo(5);
        }
    }

    /// A program that sends lengths loads from the bytes of a body, independent of what follows.
    @Test
    void aBodyWhoseLengthIsKnownIsLoadedFromItsBytes() throws IOException {
        VMStateDescription<Device> description =
                builder()
                        .subsections(
                                VMStateDescription.builder(
                                                "device/part", Device.class, MethodHandles.lookup())
                                        .fields(struct("part", Part.VMSTATE))
                                        .build())
                        .build();
        Pipe pipe = Pipe.open();
        try (Pipe.SinkChannel sink = pipe.sink();
                WireReader reader = WireReader.of(pipe.source(), ReadLimits.DEFAULT)) {
            WireWriter body = WireWriter.toMemory();
            description.save(body, new Device());
            WireWriter writer = WireWriter.to(sink);
            writer.u32(body.position());
            writer.bytes(body.toByteArray());
            writer.flush();
            byte[] bytes = reader.bytes((int) reader.u32());
            assertThat(description.load(WireReader.of(bytes), Device::new, 2).x).isEqualTo(1);
        }
    }
}
