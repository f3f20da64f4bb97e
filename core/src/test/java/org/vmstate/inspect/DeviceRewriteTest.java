// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.int64;
import static org.vmstate.VMStateFields.unused;

import java.lang.invoke.MethodHandles;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.VMStateDescription;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.StatePath;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamWriter;
import org.vmstate.testing.Corpus;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

final class DeviceRewriteTest {
    /// Its fields are bound by name.
    @SuppressWarnings("UnusedVariable")
    private static final class Ticks {
        long cpuTicksOffset;
        long cpuClockOffset;

        static final VMStateDescription<Ticks> VMSTATE =
                VMStateDescription.builder("timer", Ticks.class, MethodHandles.lookup())
                        .versionId(2)
                        .minimumVersionId(1)
                        .fields(
                                int64("cpu_ticks_offset"),
                                unused(8),
                                int64("cpu_clock_offset").sinceVersion(2))
                        .build();

        static final VMStateDescription<Ticks> TOO_SHORT =
                VMStateDescription.builder("timer", Ticks.class, MethodHandles.lookup())
                        .versionId(2)
                        .minimumVersionId(1)
                        .fields(int64("cpu_ticks_offset"))
                        .build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"avr-100", "arm-microbit-72", "v-plain-52", "v-plain-100", "s390x-72"})
    void deviceThatIsLeftAsItIsComesOutTheSame(String name) throws Exception {
        byte[] stream = Corpus.file(name + ".mig").bytes();
        assertThat(rewritten(stream, Ticks.VMSTATE, ticks -> {})).isEqualTo(stream);
    }

    @ParameterizedTest
    @ValueSource(strings = {"arm-microbit-72", "v-plain-52", "v-plain-100"})
    void changeIsInTheSectionAndTheDescriptionStillFits(String name) throws Exception {
        byte[] stream = Corpus.file(name + ".mig").bytes();
        byte[] changed = rewritten(stream, Ticks.VMSTATE, ticks -> ticks.cpuClockOffset = 0x1234);
        assertThat(changed).hasSameSizeAs(stream).isNotEqualTo(stream);
        SavedMachine machine = SavedMachine.read(MachineReader.overview(WireReader.of(changed)));
        assertThat(machine.failure()).isEmpty();
        IntegerNode offset =
                (IntegerNode)
                        machine.devices().stream()
                                .filter(d -> d.identity().idString().equals("timer"))
                                .flatMap(d -> d.whole().flatMap(machine::decode).stream())
                                .flatMap(
                                        d -> StatePath.find(d.root(), ".cpu_clock_offset").stream())
                                .findFirst()
                                .orElseThrow();
        assertThat(offset.value()).isEqualTo(0x1234);
    }

    @ParameterizedTest
    @ValueSource(strings = "v-plain-72")
    void declarationThatDoesNotCoverTheSectionIsRefused(String name) throws Exception {
        byte[] stream = Corpus.file(name + ".mig").bytes();
        assertThatThrownBy(() -> rewritten(stream, Ticks.TOO_SHORT, ticks -> {}))
                .isInstanceOf(CorruptException.class)
                .hasMessageContaining("timer")
                .hasMessageContaining("ends elsewhere than its declaration");
    }

    private static byte[] rewritten(
            byte[] stream, VMStateDescription<Ticks> vmstate, Consumer<Ticks> change)
            throws Exception {
        DeviceRewrite<Ticks> rewrite =
                new DeviceRewrite<>("timer", 0, vmstate, Ticks::new, change, ReadLimits.DEFAULT);
        WireWriter out = WireWriter.toMemory();
        StreamWriter writer = new StreamWriter(out);
        MachineReader reader = MachineReader.of(WireReader.of(stream));
        for (StreamElement e = reader.next(); e != null; e = reader.next()) {
            for (StreamElement changed : rewrite.apply(e)) {
                writer.write(changed);
            }
        }
        return out.toByteArray();
    }
}
