// SPDX-License-Identifier: Apache-2.0
package org.vmstate.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.vmstate.Layouts;
import org.vmstate.VMStateDescription;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Saves and loads the five states of the benchmarks, as classes with private fields.
final class CasesTest {
    /// A state: the file that QEMU wrote, and how to create, fill and describe the state.
    record Case<T>(String file, VMStateDescription<T> vmstate, Supplier<T> make, Consumer<T> fill) {
        byte[] bytes() throws IOException {
            try (InputStream in = CasesTest.class.getResourceAsStream("/cases/" + file)) {
                return in.readAllBytes();
            }
        }

        T filled() {
            T state = make.get();
            fill.accept(state);
            return state;
        }

        @Override
        public String toString() {
            return file;
        }
    }

    static final Case<?>[] CASES = {
        new Case<>("scalars.bin", Scalars.VMSTATE, Scalars::new, Scalars::fill),
        new Case<>("device.bin", Device.DEVICE, Device::new, Device::fill),
        new Case<>("queue.bin", EventQueue.VMSTATE, EventQueue::new, EventQueue::fill),
        new Case<>("regs.bin", Registers.VMSTATE, Registers::new, Registers::fill),
        new Case<>("ptrs.bin", Pointers.VMSTATE, Pointers::new, Pointers::fill)
    };

    @ParameterizedTest
    @FieldSource("CASES")
    <T> void savesTheBytesOfQemu(Case<T> c) throws IOException {
        WireWriter writer = WireWriter.toMemory();
        c.vmstate().save(writer, c.filled());
        assertThat(writer.toByteArray()).isEqualTo(c.bytes());
    }

    @ParameterizedTest
    @FieldSource("CASES")
    <T> void describesAsThePlanDoesEachTime(Case<T> c) throws IOException {
        String planned = Layouts.plannedText(c.vmstate(), c.filled());
        for (int i = 0; i < 3; i++) { // text is copied from the second time on
            assertThat(Layouts.text(c.vmstate(), c.filled())).isEqualTo(planned);
        }
    }

    @ParameterizedTest
    @FieldSource("CASES")
    <T> void loadsTheValuesOfTheFormula(Case<T> c) throws IOException {
        T loaded = c.vmstate().load(WireReader.of(c.bytes()), c.make(), 1);
        assertThat(loaded)
                .usingRecursiveComparison()
                .ignoringFields("derived", "extPresent", "q")
                .withStrictTypeChecking()
                .isEqualTo(saved(c));
    }

    @Test
    void runsTheHooksOfTheDevice() throws IOException {
        byte[] bytes = new Case<>("device.bin", Device.DEVICE, Device::new, Device::fill).bytes();
        Device device = Device.DEVICE.load(WireReader.of(bytes), Device::new, 1);
        assertThat(device.derived)
                .isEqualTo(Values.v64(202) + Integer.toUnsignedLong(Values.v32(201)));
    }

    @Test
    void loadsTheElementsOfTheQueueByTheFormula() throws IOException {
        Case<EventQueue> c =
                new Case<>("queue.bin", EventQueue.VMSTATE, EventQueue::new, EventQueue::fill);
        EventQueue loaded = EventQueue.VMSTATE.load(WireReader.of(c.bytes()), EventQueue::new, 1);
        assertThat(loaded.q)
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("next")
                .containsExactlyElementsOf(c.filled().q);
    }

    @Test
    void givesTheQueueAsObjectsThatCanBeChanged() throws IOException {
        byte[] bytes =
                new Case<>("queue.bin", EventQueue.VMSTATE, EventQueue::new, EventQueue::fill)
                        .bytes();
        EventQueue queue = EventQueue.VMSTATE.load(WireReader.of(bytes), EventQueue::new, 1);
        queue.q.first().summary = 1;
        WireWriter writer = WireWriter.toMemory();
        EventQueue.VMSTATE.save(writer, queue);
        bytes[1] = 0;
        bytes[2] = 0;
        bytes[3] = 0;
        bytes[4] = 1;
        assertThat(writer.toByteArray()).isEqualTo(bytes);
    }

    /// The state with the values that the pre-save hook sets.
    private static <T> T saved(Case<T> c) throws IOException {
        T state = c.filled();
        c.vmstate().save(WireWriter.toMemory(), state);
        return state;
    }
}
