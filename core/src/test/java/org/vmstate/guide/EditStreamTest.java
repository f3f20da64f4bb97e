// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.inspect.MachineEdit;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.SectionEditor;
import org.vmstate.state.StateNode;
import org.vmstate.state.StatePath;
import org.vmstate.testing.Corpus;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

class EditStreamTest {
    @TempDir Path folder;

    @Test
    void exampleChangesAStream() throws Exception {
        Path from = Corpus.file("pseries-events-72.mig").unpack(folder);
        Path to = folder.resolve("edited.mig");

        EditStream.edit(from, to);

        try (WireReader in = WireReader.open(to, ReadLimits.DEFAULT)) {
            SavedMachine machine = SavedMachine.read(MachineReader.of(in));
            assertThat(machine.failure()).isEmpty();
            assertThat(machine.devices())
                    .noneMatch(device -> device.identity().idString().equals("spapr/rtc"));
            SectionEditor spapr = new MachineEdit(machine).section("spapr", 0);
            assertThat(spapr.section().findings()).isEmpty();
            List<StateNode> events =
                    StatePath.find(spapr.section().root(), "/spapr_pending_events.pending_events")
                            .orElseThrow()
                            .children();
            assertThat(events).hasSize(5);
            assertThat(((IntegerNode) events.get(0).children().getFirst()).value()).isEqualTo(0x64);
            assertThat(((IntegerNode) events.get(1).children().getFirst()).value()).isEqualTo(0x63);
            assertThat(events.get(1).children().get(2).length()).isEqualTo(40);
        }
    }
}
