// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.inspect.Device;
import org.vmstate.testing.Corpus;

final class StatePathTest {
    /// The round trips skip elements of large arrays from this index on.
    private static final int ELEMENTS = 3;

    static List<Corpus.Entry> streams() {
        return StateCorpusTest.streams();
    }

    @ParameterizedTest
    @MethodSource("streams")
    void everyPathOfARealStateIsReadBackFromItsText(Corpus.Entry entry) throws Exception {
        for (Device.Whole device : StateCorpusTest.described(entry.bytes())) {
            StructNode root = StateCorpusTest.decode(device).root();
            for (StateNode node : someNodes(root)) {
                leadsTo(List.of(root), node);
            }
        }
    }

    /// Checks that each text of a node's path is read to the same path, with and without a tree.
    static void leadsTo(Collection<StructNode> sections, StateNode node) {
        StatePath path = node.path();
        assertThat(StatePath.parse(path.toString())).isEqualTo(path);
        assertThat(path.in(sections)).as(path.toString()).hasValueSatisfying(same(node));
        assertThat(StatePath.find(sections, path.toString()))
                .as(path.toString())
                .hasValueSatisfying(same(node));
        assertThat(StatePath.find(sections, path.plain()))
                .hasValueSatisfying(
                        found -> assertThat(found.path().plain()).isEqualTo(path.plain()));
        assertThat(StatePath.find(sections, node.pathText()))
                .as(node.pathText())
                .hasValueSatisfying(same(node));
        assertThat(StatePattern.of(path.toString()).matches(path)).as(path.toString()).isTrue();
    }

    private static java.util.function.Consumer<StateNode> same(StateNode node) {
        return found -> {
            assertThat(found.path()).isEqualTo(node.path());
            assertThat(found.offset()).isEqualTo(node.offset());
            assertThat(found.type()).isEqualTo(node.type());
        };
    }

    private static List<StateNode> someNodes(StateNode root) {
        List<StateNode> nodes = new ArrayList<>(List.of(root));
        for (int i = 0; i < nodes.size(); i++) {
            List<StateNode> children = nodes.get(i).children();
            int most = nodes.get(i) instanceof StructNode ? children.size() : ELEMENTS;
            nodes.addAll(children.subList(0, Math.min(most, children.size())));
            if (children.size() > most) {
                nodes.add(children.getLast());
            }
        }
        return nodes;
    }

    @Test
    void namesAreQuotedWhereTheyNeedIt() {
        StatePath path =
                new StatePath(
                        List.of(
                                new StatePath.Section("0000:00:03.0/e1000", 2),
                                new StatePath.Subsection("tso state"),
                                new StatePath.Field("a.b[1]"),
                                new StatePath.Index(3),
                                new StatePath.Field("say \"\\\""),
                                new StatePath.Key(7),
                                new StatePath.Field(""),
                                new StatePath.Index(0),
                                new StatePath.Field("value"),
                                new StatePath.Index(1),
                                new StatePath.Value(2),
                                new StatePath.Field("key"),
                                new StatePath.Field("*")));

        assertThat(path)
                .hasToString(
                        "\"0000:00:03.0/e1000\"#2/\"tso state\".\"a.b[1]\"[3].\"say \\\"\\\\\\\"\"[7].key.\"\"[0]"
                                + ".\"value\"[1][2].value.key.\"*\"");
        assertThat(StatePath.parse(path.toString())).isEqualTo(path);
        assertThat(path.plain())
                .isEqualTo(
                        "0000:00:03.0/e1000#2/tso state.a.b[1][3].say \"\\\"[7].key.[0].value[1][2].value.key.*");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    timer                         | timer
                    cpu#1.env.regs[3]             | cpu#1.env.regs[3]
                    cpu#0                         | cpu
                    "cpu"."env"                   | cpu.env
                    spapr/events.q[1].summary     | spapr/events.q[1].summary
                    a.t[2].key.lo                 | a.t[2].key.lo
                    a.t[2].keys                   | a.t[2].keys
                    a.t[2].value[1].key           | a.t[2].value[1].key
                    """)
    void textIsReadWithoutATree(String text, String path) {
        assertThat(StatePath.parse(text)).hasToString(path);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".a",
                "a.",
                "a..b",
                "a[",
                "a[1",
                "a[x]",
                "a[-1]",
                "a[2147483648]",
                "a#",
                "a#x",
                "a#4294967296",
                "a b",
                "a.\"b",
                "a\"b\"",
                "a.b\\c",
                "a.*",
                "a[1]b",
                "a#1#2"
            })
    void textThatIsNoPathIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> StatePath.parse(text));
    }

    @Test
    void onlyTheFirstStepIsASection() {
        assertThatIllegalArgumentException().isThrownBy(() -> new StatePath(List.of()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StatePath(List.of(new StatePath.Field("a"))));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                new StatePath(
                                        List.of(
                                                new StatePath.Section("a", 0),
                                                new StatePath.Section("b", 0))));
    }

    @Test
    void quotesDecideBetweenNamesThatLookAlike() throws Exception {
        StructNode root =
                section(
                                """
                                {"name": "a", "type": "struct", "struct": {"vmsd_name": "s", "version": 1,
                                 "fields": [{"name": "b", "type": "uint8", "size": 1}]}, "size": 1},
                                {"name": "a.b", "type": "uint8", "size": 1}""",
                                "0102")
                        .root();

        assertThat(root.children())
                .extracting(StateNode::pathText)
                .containsExactly("dev.a", "dev.\"a.b\"");
        assertThat(StatePath.find(List.of(root), "dev.a.b").map(TreeText::of)).contains("1");
        assertThat(StatePath.find(List.of(root), "dev.\"a.b\"").map(TreeText::of)).contains("2");
        assertThat(StatePath.find(List.of(root), "dev.\"a\".\"b\"").map(TreeText::of))
                .contains("1");
    }

    @Test
    void stepsThatADescriptionMayLeaveOutAreUnderstoodAlongATree() throws Exception {
        StructNode root = Vectors.named("subsections-two").decode().root();

        assertThat(StatePath.find(List.of(root), "dev#0.a[0]").map(TreeText::of)).contains("7");
        assertThat(StatePath.find(List.of(root), "dev/t/subs/one.x").map(TreeText::of))
                .contains("4660");
        assertThat(StatePath.find(List.of(root), "dev.a[1]")).isEmpty();
        assertThat(StatePath.find(List.of(root), "dev#1.a")).isEmpty();
    }

    @Test
    void aPathThatIsSpelledInFullComesBeforeOneThatLeavesAStepOut() throws Exception {
        StructNode root =
                section(
                                """
                                {"name": "a", "type": "uint8", "size": 1},
                                {"name": "b", "type": "uint8", "size": 1},
                                {"name": "a", "array_len": 2, "type": "uint8", "size": 1}""",
                                "01000203")
                        .root();

        assertThat(StatePath.find(List.of(root), "dev.a[0]").map(TreeText::of)).contains("2");
        assertThat(StatePath.find(root, ".a[0]").map(TreeText::of)).contains("2");
        leadsTo(List.of(root), root.children().getLast().children().getFirst());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"", "\"a", "a.\"", "a/\"b", "\"a\"", "a\"", "\\\"", ""})
    void textOfAPathWithQuotesInNamesLeadsBack(String name) throws Exception {
        StructNode root =
                section(
                                "{\"name\": \"%s\", \"type\": \"uint8\", \"size\": 1}"
                                        .formatted(
                                                name.replace("\\", "\\\\").replace("\"", "\\\"")),
                                "01")
                        .root();

        assertThat(root.children().getFirst().name()).isEqualTo(name);
        leadsToItself(root, root.children().getFirst());
    }

    /// The text without quotes need not be a path.
    private static void leadsToItself(StructNode root, StateNode node) {
        for (String text : List.of(node.path().toString(), node.pathText())) {
            assertThat(StatePath.find(List.of(root), text)).as(text).hasValueSatisfying(same(node));
        }
    }

    @Test
    void theSameContentElsewhereIsEqual() throws Exception {
        Vectors vector = Vectors.named("qtailq-3");
        StructNode root = vector.decode().root();
        StructNode elsewhere =
                new SectionDecoder(org.vmstate.wire.ReadLimits.DEFAULT)
                        .decode(SectionDecoderTest.memory(vector.bytes()), 7, vector.description())
                        .root();
        byte[] changed = vector.bytes();
        changed[changed.length - 1]++;

        assertThat(root.contentEquals(elsewhere)).isTrue();
        assertThat(root.contentEquals(vector.decode(changed).root())).isFalse();
        assertThat(root.contentEquals(Vectors.named("qtailq-0").decode().root())).isFalse();
    }

    static DecodedSection section(String fields, String hex) throws Exception {
        return new Vectors(
                        "dev",
                        hex,
                        "{\"vmsd_name\": \"d\", \"version\": 1, \"fields\": [" + fields + "]}")
                .decode();
    }
}
