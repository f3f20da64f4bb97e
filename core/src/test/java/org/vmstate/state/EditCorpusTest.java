// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.testing.Corpus;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// Edits of all sections of all real streams.
final class EditCorpusTest {
    private static final int PER_SECTION = 24;

    static List<Corpus.Entry> streams() {
        return StateCorpusTest.streams();
    }

    @ParameterizedTest
    @MethodSource("streams")
    void editsAreUndoneToTheByteAndTheLetter(Corpus.Entry stream) throws Exception {
        for (SectionEditor editor : editors(stream.bytes())) {
            check(editor);
        }
    }

    /// Without the one whose further queues have no description that could be copied.
    static List<Vectors> vectors() {
        return Vectors.all().stream()
                .filter(vector -> !vector.name().equals("qtailq-in-struct-array"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void editsOfWhatTheEngineWroteAreUndone(Vectors vector) throws Exception {
        check(SectionEditorTest.editor(vector));
    }

    static List<SectionEditor> editors(byte[] stream) throws Exception {
        SavedMachine machine = SavedMachine.read(MachineReader.overview(WireReader.of(stream)));
        List<SectionEditor> editors = new ArrayList<>();
        if (machine.description().isEmpty()) {
            return editors;
        }
        List<JsonObject> entries = machine.description().get().entries();
        List<Device> devices = machine.devices();
        for (Device device : devices) {
            if (device.whole().isEmpty() || device.whole().get().description().isEmpty()) {
                continue;
            }
            Device.Whole whole = device.whole().get();
            int index = machine.description().get().devices().indexOf(whole.description().get());
            editors.add(
                    new SectionEditor(
                            whole.section().body().memory(),
                            whole.section().body().offset(),
                            entries.get(index),
                            ReadLimits.DEFAULT));
        }
        return editors;
    }

    private static void check(SectionEditor editor) {
        byte[] body = editor.body();
        JsonObject entry = editor.entry();
        boolean sound = editor.section().findings().isEmpty();
        List<StateNode> nodes = sample(nodes(editor.section().root()).toList());
        for (StateNode node : nodes) {
            if (node instanceof IntegerNode integer && !isPartOfForm(integer)) {
                set(editor, integer);
                assertThat(editor.body()).as(node.toString()).isEqualTo(body);
            }
        }
        if (!sound) {
            return;
        }
        for (StateNode node :
                sample(
                        nodes(editor.section().root())
                                .filter(n -> isPart(n) && !isPartOfForm(n))
                                .toList())) {
            removeAndInsert(editor, node);
            assertThat(editor.body()).as(node.toString()).isEqualTo(body);
            assertThat(editor.entry()).as(node.toString()).isEqualTo(entry);
        }
    }

    private static void set(SectionEditor editor, IntegerNode node) {
        String path = node.path().toString();
        BigInteger other = node.exact().signum() == 0 ? BigInteger.ONE : BigInteger.ZERO;
        editor.set(path, other);
        assertThat(((IntegerNode) at(editor, path)).exact()).as(path).isEqualTo(other);
        editor.set(path, node.exact());
    }

    private static void removeAndInsert(SectionEditor editor, StateNode node) {
        String path = node.path().toString();
        StateNode parent = node.parent().orElseThrow();
        int children = parent.children().size();
        int index =
                switch (node.step()) {
                    case StatePath.Index(int i) -> i;
                    case StatePath.Key(int i) -> i;
                    default -> ((StructNode) parent).subsections().indexOf((SubsectionNode) node);
                };
        StatePart part = editor.copy(path);
        List<StateNode> others = new ArrayList<>(parent.children());
        others.remove(node);

        editor.remove(path);

        DecodedSection after = editor.section();
        assertThat(after.findings()).as(path).isEmpty();
        StateNode left = at(editor, parent.path().toString());
        if (!(parent instanceof TreeNode)) {
            assertThat(left.children()).as(path).hasSize(children - 1);
            for (int i = 0; i < others.size(); i++) {
                assertThat(left.children().get(i).contentEquals(others.get(i))).as(path).isTrue();
            }
        }
        editor.insert(parent.path().toString(), index, part);
    }

    private static StateNode at(SectionEditor editor, String path) {
        return StatePath.parse(path).in(List.of(editor.section().root())).orElseThrow();
    }

    private static boolean isPart(StateNode node) {
        StateNode parent = node.parent().orElse(null);
        return parent instanceof QueueNode
                || (parent instanceof TreeNode && node.step() instanceof StatePath.Key)
                || (node instanceof SubsectionNode && parent instanceof StructNode);
    }

    /// Whether the format of the enclosing value depends on a number.
    private static boolean isPartOfForm(StateNode node) {
        return Stream.iterate(node, n -> n.parent().isPresent(), n -> n.parent().orElseThrow())
                .anyMatch(CompositeNode.class::isInstance);
    }

    private static Stream<StateNode> nodes(StateNode node) {
        List<StateNode> inside =
                node instanceof ArrayNode array && array.size() > PER_SECTION
                        ? array.elements().subList(0, PER_SECTION)
                        : node.children();
        return Stream.concat(Stream.of(node), inside.stream().flatMap(EditCorpusTest::nodes));
    }

    private static List<StateNode> sample(List<StateNode> nodes) {
        int step = Math.max(1, nodes.size() / PER_SECTION);
        List<StateNode> sample = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i += step) {
            sample.add(nodes.get(i));
        }
        return sample;
    }

    /// For any bytes, an edit either succeeds or is refused as an error of the caller.
    @Test
    void editsOfHostileSectionsAreRefusedOrCarriedOut() throws Exception {
        Random random = new Random(3);
        for (Vectors vector : Vectors.all()) {
            for (int i = 0; i < 20; i++) {
                byte[] body = vector.bytes();
                if (body.length > 0) {
                    body = Arrays.copyOf(body, random.nextInt(body.length + 1));
                }
                for (int flips = random.nextInt(4); flips > 0 && body.length > 0; flips--) {
                    body[random.nextInt(body.length)] = (byte) random.nextInt(4);
                }
                Vectors wrong =
                        new Vectors(
                                vector.name(),
                                java.util.HexFormat.of().formatHex(body),
                                vector.json());
                tryEverything(SectionEditorTest.editor(wrong));
            }
        }
    }

    @Test
    void partsOfValuesThatAreNotDescribedAreRemovedAndInserted() throws Exception {
        int parts = 0;
        for (SectionEditor editor : editors(Corpus.file("q35-viommu-gtree-100.mig").bytes())) {
            for (StateNode node : nodes(editor.section().root()).toList()) {
                if (isPart(node) && isPartOfForm(node) && !(node instanceof SubsectionNode)) {
                    byte[] body = editor.body();
                    removeAndInsert(editor, node);
                    assertThat(editor.body()).isEqualTo(body);
                    parts++;
                }
            }
        }
        assertThat(parts).isGreaterThan(3);
    }

    private static void tryEverything(SectionEditor editor) throws Exception {
        List<StateNode> nodes = sample(nodes(editor.section().root()).toList());
        for (StateNode node : nodes) {
            String path = node.path().toString();
            attempt(() -> editor.set(path, 1));
            attempt(() -> editor.set(path, node.bytes().toArray(JAVA_BYTE)));
            attempt(() -> editor.set(path, new byte[1], path));
            attempt(() -> editor.insert(path, 0, editor.copy(path)));
            attempt(() -> editor.remove(path));
        }
        assertThat(SectionDecoderTest.encode(editor.section())).isEqualTo(editor.body());
    }

    private static void attempt(Runnable edit) {
        try {
            edit.run();
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageMatching("(?s).+");
        }
    }
}
