// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.wire.WireWriter;

final class SectionDecoderTest {
    static List<Vectors> vectors() {
        return Vectors.all();
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void whatQemuWroteDecodesWithoutFindingsAndEncodesToTheSameBytes(Vectors vector)
            throws Exception {
        DecodedSection section = vector.decode();

        // The size does not count a descriptor's mark, and of the queues in an array only the first
        // one.
        boolean sizeIsWrong = vector.name().matches("fd-.*|qtailq-in-struct-array");
        assertThat(section.findings()).isEmpty();
        assertThat(section.rest()).isEmpty();
        assertThat(section.decodedEnd()).isEqualTo(Vectors.OFFSET + vector.bytes().length);
        if (!sizeIsWrong) {
            assertThat(vector.description().bodySize()).isEqualTo(vector.bytes().length);
        }
        assertThat(encode(section)).isEqualTo(vector.bytes());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    scalar-min                | (.b=false .i8=-128 .i16=-32768 .i32=-2147483648 .i64=-9223372036854775808 .u8=0 .u16=0 .u32=0 .u64=0)
                    scalar-max                | (.b=true .i8=127 .i16=32767 .i32=2147483647 .i64=9223372036854775807 .u8=255 .u16=65535 .u32=4294967295 .u64=18446744073709551615)
                    equal                     | (.e8=254 .e16=65534 .ei32=-2 .e32=3735928559 .e64=18364758544493064720)
                    int32-le-negative         | (.n=-5 .x=1)
                    timer                     | (.t=1234567890123ns .tp=off .ts=[0ns 9000000000ns])
                    bitmap-65                 | (.bits=65 .map=bits 0 21 32 64 .after=238)
                    struct-nested             | (.a=1 .mid=(.m=2 .in=(.x=772 .y=-5) .n=6) .z=7)
                    vstruct-v2                | (.h=1 .v=(.a=16909060 .b=1286) .t=8)
                    vbuffer                   | (.n=5 .data=0102030405 .m=2 .d2=aabb .k=2 .mul=010203040506)
                    unused                    | (.a=1 .unused[0]=000000 .b=2 .unused[1]=0000 .unused[2]=[0000 0000 0000] .c=4)
                    struct-array-test-inside  | (.a=[(.f=1 .o=11) (.f=2) (.f=3 .o=33) (.f=5 .o=55)] .z=9)
                    pointers-to-struct-alternating-null-first | (.p=[null (.v=257) null (.v=259) null (.v=261)] .z=255)
                    pointers-to-struct-alternating | (.p=[(.v=256) null (.v=258) null (.v=260) null] .z=255)
                    pointers-to-struct-long-runs | (.p=[(.v=256) (.v=257) (.v=258) (.v=259) null null null null (.v=264) (.v=265) (.v=266) (.v=267)] .z=255)
                    pointers-to-scalar-starts-non-null | (.p=[12288 null null null] .z=255)
                    pointers-with-subsection  | (.p=[(.v=1) (.v=10 /x=(.x=3)) null null (.v=2) (.v=3)] .z=9)
                    pointers-duplicate-name   | (.p[0]=[(.v=1) null (.v=3)] .p[1]=[(.v=1) null (.v=3)])
                    qtailq-3                  | (.h=1 .q=[(.a=257 .b=1) (.a=514 .b=2) (.a=771 .b=3)] .t=2)
                    qtailq-0                  | (.h=1 .q=[] .t=2)
                    qlist-3                   | (.h=1 .l=[(.a=257 .b=1) (.a=514 .b=2) (.a=771 .b=3)] .t=2)
                    qtailq-in-struct-array    | (.rows=[(.id=1 .q=[(.v=1) (.v=2)]) (.id=2 .q=[]) (.id=3 .q=[(.v=3)])] .t=9)
                    gtree-struct-key-4        | (.h=1 .t={(.lo=10 .hi=19) -> (.a=30 .b=false), (.lo=20 .hi=29) -> (.a=60 .b=false), (.lo=30 .hi=39) -> (.a=90 .b=false), (.lo=40 .hi=49) -> (.a=120 .b=false)} .z=2)
                    gtree-struct-key-0        | (.h=1 .t={} .z=2)
                    with-tmp                  | (.h=1 .tmp=(.sum=130 .diff=70) .t=2)
                    subsections-two           | (.a=7 /one=(.x=4660) /two=(.y=3735928559))
                    """)
    void valuesAreThoseThatQemuSaved(String name, String values) throws Exception {
        assertThat(TreeText.of(Vectors.named(name).decode().root())).isEqualTo(values);
    }

    @Test
    void directKeysOfATreeAreUnsigned64BitNumbers() throws Exception {
        TreeNode tree = (TreeNode) at(Vectors.named("gtree-direct-key-4").decode(), ".t");

        assertThat(tree.entries())
                .extracting(entry -> TreeText.of(entry.key()))
                .containsExactly("7", "300", "4294967301", "18446744073709551600");
    }

    @Test
    void everyNodeKnowsItsPathOffsetAndBytes() throws Exception {
        DecodedSection section = Vectors.named("struct-nested").decode();

        StateNode y = at(section, ".mid.in.y");

        assertThat(y.path()).hasToString("dev.mid.in.y");
        assertThat(y.offset()).isEqualTo(Vectors.OFFSET + 4);
        assertThat(y.length()).isEqualTo(4);
        assertThat(y.type()).isEqualTo("int32");
        assertThat(y.bytes().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))
                .isEqualTo(new byte[] {-1, -1, -1, -5});
        assertThat(y.parent().orElseThrow().path()).hasToString("dev.mid.in");
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void everyPathLeadsToItsNode(Vectors vector) throws Exception {
        StructNode root = vector.decode().root();
        everyPathLeadsToItsNode(root, root);
    }

    private static void everyPathLeadsToItsNode(StructNode root, StateNode node) {
        StatePathTest.leadsTo(List.of(root), node);
        node.children().forEach(child -> everyPathLeadsToItsNode(root, child));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    pointers-to-struct-starts-null | 0 | null pointer | dev.p[0]
                    subsections-one  | 1   | 0x02 where a subsection begins | dev/one
                    subsections-one  | 5   | where the description has t/subs/one | dev/one
                    gtree-struct-key-4 | 4 | a tree of 2 entries | dev.t
                    """)
    void bytesThatContradictTheDescriptionAreAFinding(
            String name, int at, String detail, String path) throws Exception {
        Vectors vector = Vectors.named(name);
        byte[] wrong = vector.bytes().clone();
        wrong[at] = 2;

        DecodedSection section = vector.decode(wrong);

        assertThat(section.findings()).isNotEmpty();
        assertThat(section.findings().getFirst().detail()).contains(detail);
        assertThat(section.findings().getFirst().path()).isEqualTo(path);
        assertThat(encode(section)).isEqualTo(wrong);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    qtailq-3           | 1  | 02
                    qtailq-3           | 5  | ff
                    qlist-3            | 1  | 30
                    gtree-struct-key-4 | 5  | 7f
                    gtree-direct-key-4 | 4  | 05
                    """)
    void anyMarkButZeroAnnouncesAnElement(String name, int at, String mark) throws Exception {
        Vectors vector = Vectors.named(name);
        byte[] marked = vector.bytes().clone();
        assertThat(marked[at]).isEqualTo((byte) 1);
        marked[at] = HexFormat.of().parseHex(mark)[0];

        DecodedSection section = vector.decode(marked);

        assertThat(section.findings()).isEmpty();
        assertThat(TreeText.of(section.root())).isEqualTo(TreeText.of(vector.decode().root()));
        assertThat(encode(section)).isEqualTo(marked);
    }

    @ParameterizedTest
    @CsvSource({"1, 00000101, true", "1, ffffff01, true", "1, 00000002, false"})
    void onlyTheLow8BitsOfASubsectionsVersionCount(int described, String sent, boolean same)
            throws Exception {
        Vectors vector = Vectors.named("subsections-one");
        String name = HexFormat.of().formatHex("t/subs/one".getBytes(StandardCharsets.UTF_8));
        assertThat(vector.hex()).contains(name + "0000000" + described);
        byte[] body = HexFormat.of().parseHex(vector.hex().replace(name + "00000001", name + sent));

        DecodedSection section = vector.decode(body);

        assertThat(section.findings()).hasSize(same ? 0 : 1);
        assertThat(encode(section)).isEqualTo(body);
    }

    @Test
    void bytesBehindTheDescriptionsEndAreKeptAndReported() throws Exception {
        Vectors vector = Vectors.named("struct-nested");
        byte[] longer = Arrays.copyOf(vector.bytes(), vector.bytes().length + 3);

        DecodedSection section = vector.decode(longer);

        assertThat(section.findings())
                .singleElement()
                .satisfies(p -> assertThat(p.detail()).contains("ends 3 bytes before"));
        assertThat(section.rest())
                .hasValueSatisfying(rest -> assertThat(rest.length()).isEqualTo(3));
        assertThat(encode(section)).isEqualTo(longer);
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void aBodyCutAnywhereIsAPartialTreeWithAFinding(Vectors vector) throws Exception {
        for (int length = 0; length < vector.bytes().length; length++) {
            byte[] cut = Arrays.copyOf(vector.bytes(), length);

            DecodedSection section = vector.decode(cut);

            assertThat(section.findings()).as("%d bytes", length).isNotEmpty();
            assertThat(encode(section)).as("%d bytes", length).isEqualTo(cut);
        }
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void aByteChangedAnywhereIsAFindingOrAnotherValue(Vectors vector) throws Exception {
        for (int at = 0; at < vector.bytes().length; at++) {
            for (int flip : new int[] {0x01, 0x80, 0xff}) {
                byte[] wrong = vector.bytes().clone();
                wrong[at] ^= (byte) flip;

                assertThat(encode(vector.decode(wrong))).as("byte %d", at).isEqualTo(wrong);
            }
        }
    }

    private static StateNode at(DecodedSection section, String steps) {
        return StatePath.find(section.root(), steps).orElseThrow();
    }

    static byte[] encode(DecodedSection section) throws Exception {
        WireWriter out = WireWriter.toMemory();
        StateEncoder.encode(section, out);
        return out.toByteArray();
    }

    static MemorySegment memory(byte[] bytes) {
        return MemorySegment.ofArray(bytes);
    }
}
