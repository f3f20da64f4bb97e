// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.int64;
import static org.vmstate.VMStateFields.unused;
import static org.vmstate.testing.StreamBytes.stream;

import java.lang.invoke.MethodHandles;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.VMStateDescription;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.StatePath;
import org.vmstate.stream.StreamWriter;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VersionTooNewException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

final class DeviceRewriteTest {
    /// The fields are bound by name.
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
                .hasMessageContaining(
                        "timer: 16 of 24 bytes follow the last field of timer (offset");
    }

    @Test
    void oneObjectServesAnyNumberOfStreams() throws Exception {
        int[] times = {0};
        DeviceRewrite<Ticks> rewrite =
                rewrite(Ticks.VMSTATE, ticks -> ticks.cpuClockOffset = ++times[0]);
        byte[] stream = Corpus.file("v-plain-100.mig").bytes();
        rewritten(Corpus.file("avr-100.mig").bytes(), rewrite);
        byte[] first = rewritten(stream, rewrite);
        byte[] second = rewritten(stream, rewrite);
        assertThat(times[0]).isEqualTo(3);
        assertThat(rewrite.applied()).isTrue();
        assertThat(first).isNotEqualTo(second);
        assertThat(rewritten(stream().endOfStream().toByteArray(), rewrite))
                .isEqualTo(stream().endOfStream().toByteArray());
        assertThat(rewrite.applied()).isFalse();
    }

    @Test
    void sectionInAPackageIsFound() throws Exception {
        byte[] stream = packaged(2, "00".repeat(16) + "0000000000000001").toByteArray();
        assertThat(rewritten(stream, Ticks.VMSTATE, ticks -> ticks.cpuClockOffset++))
                .isEqualTo(packaged(2, "00".repeat(16) + "0000000000000002").toByteArray());
    }

    private static StreamBytes packaged(long version, String body) {
        return stream()
                .packaged(p -> p.full(7, "timer", 0, version).hex(body).footer(7).command(5))
                .endOfStream();
    }

    @ParameterizedTest
    @ValueSource(longs = {3, 0x8000_0000L, 0xffff_ffffL})
    void versionNewerThanTheDeclarationIsRejected(long version) {
        byte[] stream = packaged(version, "00".repeat(24)).toByteArray();
        assertThatThrownBy(() -> rewritten(stream, Ticks.VMSTATE, ticks -> {}))
                .isInstanceOf(VersionTooNewException.class)
                .hasMessageContaining(
                        "timer: version_id " + version + " too new, supported 1..2 (offset 0x");
    }

    private static DeviceRewrite<Ticks> rewrite(
            VMStateDescription<Ticks> vmstate, Consumer<Ticks> change) {
        return new DeviceRewrite<>("timer", 0, vmstate, Ticks::new, change, ReadLimits.DEFAULT);
    }

    private static byte[] rewritten(
            byte[] stream, VMStateDescription<Ticks> vmstate, Consumer<Ticks> change)
            throws Exception {
        return rewritten(stream, rewrite(vmstate, change));
    }

    private static byte[] rewritten(byte[] stream, DeviceRewrite<Ticks> rewrite) throws Exception {
        WireWriter out = WireWriter.toMemory();
        MachineReader reader = MachineReader.of(WireReader.of(stream));
        new StreamWriter(out).write(rewrite, reader::next);
        return out.toByteArray();
    }
}
