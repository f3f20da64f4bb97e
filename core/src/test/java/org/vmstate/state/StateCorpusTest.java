// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.testing.Corpus;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

final class StateCorpusTest {
    static List<Corpus.Entry> streams() {
        return Corpus.streams().stream().filter(Corpus.Entry::beginsWithHeader).toList();
    }

    @ParameterizedTest
    @MethodSource("streams")
    void everySectionDecodesAndEncodesToTheSameBytes(Corpus.Entry entry) throws Exception {
        List<Finding> findings = new ArrayList<>();
        for (Device.Whole device : described(entry.bytes())) {
            DecodedSection section = decode(device);
            findings.addAll(section.findings());
            assertThat(SectionDecoderTest.encode(section))
                    .as(device.section().identity().label())
                    .isEqualTo(device.section().body().memory().toArray(JAVA_BYTE));
        }
        if (entry.name().equals("s390x-72")) {
            assertThat(findings)
                    .singleElement()
                    .satisfies(p -> assertThat(p.path()).isEqualTo("s390_css.css[254]"));
        } else {
            assertThat(findings).isEmpty();
        }
    }

    static DecodedSection decode(Device.Whole device) {
        return new SectionDecoder(ReadLimits.DEFAULT)
                .decode(
                        device.section().body().memory(),
                        device.section().body().offset(),
                        device.description().orElseThrow());
    }

    static List<Device.Whole> described(byte[] stream) throws Exception {
        WireReader in = WireReader.of(stream);
        SavedMachine machine = SavedMachine.read(MachineReader.overview(in));
        List<Device.Whole> devices = new ArrayList<>();
        for (Device device : machine.devices()) {
            device.whole().filter(w -> w.description().isPresent()).ifPresent(devices::add);
        }
        return devices;
    }
}
