// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.custom;
import static org.vmstate.VMStateFields.uint16;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint32Equal;
import static org.vmstate.VMStateFields.uint8;
import static org.vmstate.VMStateFields.validate;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDescriptionBuilder;
import org.vmstate.VMStateField;
import org.vmstate.VMStateInfo;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Which bodies are refused before anything is touched, and which are loaded and undone.
@SuppressWarnings("UnusedVariable") // private fields are read by descriptions
final class UndecidedBodiesTest {
    /// A device that comes before the one whose body is bad, and counts how often it is loaded.
    private static final class Counting {
        private int value;
        private transient int loads;

        private static final VMStateDescription<Counting> VMSTATE =
                VMStateDescription.builder("counting", Counting.class, MethodHandles.lookup())
                        .preLoad(counting -> counting.loads++)
                        .fields(uint32("value"))
                        .build();
    }

    /// The bytes that are sent: 1, the value in four bytes, and two bytes.
    @SuppressWarnings("UnusedVariable") // read by the description
    private static final class Sent {
        private int kind = 1;
        private int value;
        private final short[] rest = {7, 8};

        private static final VMStateDescription<Sent> VMSTATE =
                VMStateDescription.builder("device", Sent.class, MethodHandles.lookup())
                        .fields(uint8("kind"), uint32("value"), uint16("rest").array(2))
                        .build();
    }

    /// The device that reads these bytes.
    static final class Device {
        private int kind = 3;
        private int value = 4;
        private final short[] rest = {5, 6};

        private static VMStateDescriptionBuilder<Device> builder() {
            return VMStateDescription.builder("device", Device.class, MethodHandles.lookup());
        }

        private String text() {
            return kind + " " + value + " " + Arrays.toString(rest);
        }
    }

    /// Reads numbers and refuses 7, with a state and without.
    private static final class NotSeven implements VMStateInfo<Short> {
        @Override
        public String name() {
            return "not seven";
        }

        @Override
        public Short load(WireReader reader, @Nullable Short current, VMStateField<?> field)
                throws IOException {
            long at = reader.position();
            short value = reader.int16();
            if (value == 7) {
                throw new CorruptException("a 7", at);
            }
            return value;
        }

        @Override
        public void save(
                WireWriter writer,
                @Nullable Short value,
                VMStateField<?> field,
                @Nullable VmDescWriter vmdesc)
                throws IOException {
            writer.int16(value == null ? 0 : value);
        }
    }

    /// What is wrong with the bytes, and in which pass that is seen.
    enum Fault {
        BYTES_LEFT(false) {
            @Override
            VMStateDescription<Device> reader() {
                return Device.builder()
                        .fields(
                                uint8("kind"),
                                uint32("value"),
                                uint16("rest").array(1).asQemuDoes("a part"))
                        .build();
            }
        },
        CUSTOM_INFO(false) {
            @Override
            VMStateDescription<Device> reader() {
                return Device.builder()
                        .fields(
                                uint8("kind"),
                                uint32("value"),
                                custom("rest", new NotSeven()).array(2))
                        .build();
            }
        },
        EXISTENCE_TEST(true) {
            @Override
            VMStateDescription<Device> reader() {
                return Device.builder()
                        .fields(
                                uint8("kind"),
                                uint32("value").existsIf((Device d, int _) -> d.kind != 1),
                                uint16("rest").array(2))
                        .build();
            }
        },
        COUNT_NOT_SENT(true) {
            @Override
            VMStateDescription<Device> reader() {
                return Device.builder()
                        .fields(
                                uint8("kind"),
                                uint32("value"),
                                uint16("rest").varray((Device d) -> d.kind == 1 ? 1 : 2))
                        .build();
            }
        },
        CHECK(true) {
            @Override
            VMStateDescription<Device> reader() {
                return whole().fields(validate("kind_3", (Device d, int _) -> d.kind == 3)).build();
            }
        },
        MUST_EQUAL(true) {
            @Override
            VMStateDescription<Device> reader() {
                return Device.builder()
                        .fields(uint8("kind"), uint32Equal("value"), uint16("rest").array(2))
                        .build();
            }
        },
        HOOK(true) {
            @Override
            VMStateDescription<Device> reader() {
                return whole().postLoad(
                                (device, _) -> {
                                    if (device.kind == 1) {
                                        throw new RefusedException("a 1");
                                    }
                                })
                        .build();
            }
        };

        private final boolean onlyByLoading;

        Fault(boolean onlyByLoading) {
            this.onlyByLoading = onlyByLoading;
        }

        abstract VMStateDescription<Device> reader();

        private static VMStateDescriptionBuilder<Device> whole() {
            return Device.builder().fields(uint8("kind"), uint32("value"), uint16("rest").array(2));
        }
    }

    @ParameterizedTest
    @EnumSource
    void deviceIsUntouchedOrPutBack(Fault fault) throws IOException {
        Counting sent = new Counting();
        sent.value = 1;
        byte[] stream =
                Machine.builder("board")
                        .device("counting", Counting.VMSTATE, sent)
                        .device("device", Sent.VMSTATE, new Sent())
                        .build()
                        .save();
        Counting counting = new Counting();
        counting.value = 2;
        Device device = new Device();
        Machine machine =
                Machine.builder("board")
                        .device("counting", Counting.VMSTATE, counting)
                        .device("device", fault.reader(), device)
                        .build();
        assertThatThrownBy(() -> machine.load(stream))
                .isInstanceOf(VMStateException.class)
                .hasMessageStartingWith("device");
        assertThat(counting.value).isEqualTo(2);
        assertThat(device.text()).isEqualTo(new Device().text());
        assertThat(machine.failed()).isFalse();
        // Loaded from the stream and from the copy, or never.
        assertThat(counting.loads).isEqualTo(fault.onlyByLoading ? 2 : 0);
    }
}
