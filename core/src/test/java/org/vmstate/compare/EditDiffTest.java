// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.MachineEdit;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.state.BytesNode;
import org.vmstate.state.CompositeNode;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.LeafNode;
import org.vmstate.state.LeafText;
import org.vmstate.state.SectionEditor;
import org.vmstate.state.StateNode;
import org.vmstate.state.TimerNode;
import org.vmstate.testing.Corpus;

/// The differences between a machine and its changed copy are the changes, and the changes of a
/// difference give the second machine.
final class EditDiffTest {
    private static final int CHANGES = 25;

    static List<Corpus.Entry> streams() {
        return MachineDiffTest.streams().stream()
                .filter(entry -> !entry.file().contains("novmdesc"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("streams")
    void differencesFromAChangedCopyAreTheChanges(Corpus.Entry entry) throws Exception {
        byte[] stream = entry.bytes();
        SavedMachine machine = MachineDiffTest.machine(stream);
        List<LeafNode> leaves = new ArrayList<>();
        for (Device device : machine.devices()) {
            device.whole()
                    .flatMap(machine::decode)
                    .filter(decoded -> decoded.findings().isEmpty())
                    .ifPresent(decoded -> leaves(decoded.root(), leaves));
        }
        Random random = new Random(entry.file().hashCode());
        MachineEdit edit = new MachineEdit(machine);
        Set<String> changed = new TreeSet<>();
        for (int i = 0; i < CHANGES && !leaves.isEmpty(); i++) {
            LeafNode leaf = leaves.remove(random.nextInt(leaves.size()));
            Device device = device(machine, leaf);
            SectionEditor editor = edit.section(device);
            byte[] bytes = leaf.bytes().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
            bytes[random.nextInt(bytes.length)] ^= 0x11;
            editor.set(leaf.path().toString(), bytes);
            changed.add(leaf.path().toString());
        }
        SavedMachine after = MachineDiffTest.machine(MachineDiffTest.changed(edit, stream));
        MachineDiff diff = MachineDiff.of(machine, after, DiffRules.ALL);
        assertThat(diff.differences().stream().map(d -> d.path().toString()).toList())
                .containsExactlyInAnyOrderElementsOf(changed);

        MachineEdit again = new MachineEdit(machine);
        MachinePatch.apply(diff, again, after);
        assertThat(MachineDiffTest.changed(again, stream))
                .isEqualTo(MachineDiffTest.changed(edit, stream));
    }

    /// Collects values whose change does not change the structure and that have a unique path.
    private static void leaves(StateNode node, List<LeafNode> found) {
        if (node instanceof LeafNode leaf) {
            boolean plain =
                    leaf instanceof IntegerNode
                            || leaf instanceof TimerNode
                            || leaf instanceof BytesNode;
            StateNode root = leaf;
            while (root.parent().isPresent()) {
                root = root.parent().get();
            }
            if (plain
                    && leaf.length() > 0
                    && leaf.path()
                            .in(List.of((org.vmstate.state.StructNode) root))
                            .filter(same -> same.offset() == leaf.offset())
                            .isPresent()) {
                found.add(leaf);
            }
        } else if (!(node instanceof CompositeNode)) {
            List<StateNode> children = node.children();
            for (int i = 0; i < Math.min(children.size(), 100); i++) {
                leaves(children.get(i), found);
            }
        }
    }

    private static Device device(SavedMachine machine, LeafNode leaf) {
        return machine.devices().stream()
                .filter(d -> d.whole().isPresent())
                .filter(
                        d -> {
                            var body = d.whole().get().section().body();
                            return leaf.offset() >= body.offset()
                                    && leaf.offset() < body.offset() + body.length();
                        })
                .min(Comparator.comparingLong(Device::offset))
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "pseries-events-72, pseries-events-100",
        "pseries-events-52, pseries-events-111",
        "pc-default-72, pc-default-100",
        "pc-default-111, pc-default-52"
    })
    void patchGivesTheOtherMachine(String first, String second) throws Exception {
        byte[] stream = Corpus.file(first + ".mig").bytes();
        SavedMachine before = MachineDiffTest.machine(stream);
        SavedMachine after = MachineDiffTest.machine(Corpus.file(second + ".mig").bytes());
        DiffRules rules = DiffRules.ALL.and("ignore configuration\nignore 'spapr/htab'");
        MachineDiff diff = MachineDiff.of(before, after, rules);
        MachineEdit edit = new MachineEdit(before);
        MachinePatch.apply(diff, edit, after);
        SavedMachine patched = MachineDiffTest.machine(MachineDiffTest.changed(edit, stream));
        assertThat(patched.failure()).isEmpty();
        MachineDiff left = MachineDiff.of(patched, after, rules.and("ignore **.unused"));
        assertThat(
                        left.differences().stream()
                                .filter(
                                        d ->
                                                !(d instanceof Difference.PropertyChange p)
                                                        || !p.form())
                                .toList())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pseries-events-72", "pc-many-72", "s390x-100", "v-plain-100"})
    void textOfEveryValueIsAccepted(String name) throws Exception {
        byte[] stream = Corpus.file(name + ".mig").bytes();
        SavedMachine machine = MachineDiffTest.machine(stream);
        MachineEdit edit = new MachineEdit(machine);
        List<LeafNode> leaves = new ArrayList<>();
        for (Device device : machine.devices()) {
            if (device.whole().flatMap(machine::decode).isEmpty()) {
                continue;
            }
            leaves.clear();
            leaves(machine.decode(device.whole().get()).orElseThrow().root(), leaves);
            for (LeafNode leaf : leaves.subList(0, Math.min(leaves.size(), 200))) {
                edit.section(device).assign(leaf.path().toString(), LeafText.of(leaf));
            }
        }
        assertThat(MachineDiffTest.changed(edit, stream)).isEqualTo(stream);
    }
}
