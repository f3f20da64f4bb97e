// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmstate.vmdesc.JsonStyle;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.wire.ReadLimits;

/// Edits of bodies that QEMU's own engine wrote; QEMU also wrote the expected results.
final class SectionEditorTest {
    static SectionEditor editor(String vector) throws Exception {
        return editor(Vectors.named(vector));
    }

    static SectionEditor editor(Vectors vector) throws Exception {
        return editor(vector.bytes(), vector.json());
    }

    private static SectionEditor editor(byte[] body, String description) throws Exception {
        String entry = "{\"name\": \"dev\", \"instance_id\": 0, " + description.substring(1);
        return new SectionEditor(
                MemorySegment.ofArray(body),
                Vectors.OFFSET,
                JsonObject.parse(entry.getBytes(UTF_8), ReadLimits.DEFAULT),
                ReadLimits.DEFAULT);
    }

    private static String json(SectionEditor editor) {
        String text = new String(JsonStyle.COMPACT.print(editor.entry()), UTF_8);
        return text.replace("\"name\": \"dev\", \"instance_id\": 0, ", "");
    }

    private static void assertIs(SectionEditor editor, String vector) {
        assertThat(json(editor)).isEqualTo(Vectors.named(vector).json());
        assertThat(HexFormat.of().formatHex(editor.body())).isEqualTo(Vectors.named(vector).hex());
        assertThat(editor.section().findings()).isEmpty();
    }

    private static void assertDescribedAs(SectionEditor editor, String vector) {
        assertThat(json(editor)).isEqualTo(Vectors.named(vector).json());
        assertThat(editor.section().findings()).isEmpty();
    }

    @Test
    void removedSubsectionsAreGoneFromBytesAndDescription() throws Exception {
        SectionEditor editor = editor("subsections-two");
        assertIs(editor.remove("/two"), "subsections-one");
        assertIs(editor.remove("dev/one"), "subsections-none");
    }

    @Test
    void aPartOfAValueIsSetBehindAnotherValueOfTheSameName() throws Exception {
        SectionEditor editor =
                editor(
                        new byte[4 + 1 + 256],
                        """
                        {"vmsd_name": "d", "version": 1, "fields": [
                         {"name": "config", "type": "buffer", "size": 4},
                         {"name": "between", "type": "uint8", "size": 1},
                         {"name": "config", "type": "pci config", "size": 256}]}""");

        editor.set("dev.config.vendor_id", 0x8086);

        assertThat(Arrays.copyOfRange(editor.body(), 4, 9))
                .isEqualTo(new byte[] {0, (byte) 0x86, (byte) 0x80, 0, 0});
    }

    @Test
    void copiedSubsectionsAreInsertedAtTheirPlace() throws Exception {
        SectionEditor from = editor("subsections-two");
        SectionEditor editor = editor("subsections-none");
        assertThat(TreeText.of(editor.insert("", 0, from.copy("/two")).section().root()))
                .isEqualTo("(.a=7 /two=(.y=3735928559))");
        assertIs(editor.insert("", 0, from.copy("/one")), "subsections-two");
    }

    @Test
    void queueIsEmptiedElementByElementAndFilledAgain() throws Exception {
        SectionEditor from = editor("qtailq-3");
        SectionEditor editor = editor("qtailq-3");
        assertThat(TreeText.of(editor.remove(".q[1]").section().root()))
                .isEqualTo("(.h=1 .q=[(.a=257 .b=1) (.a=771 .b=3)] .t=2)");
        assertDescribedAs(editor.remove("dev.q[0]"), "qtailq-1");
        assertIs(editor.remove(".q[0]"), "qtailq-0");
        editor.insert(".q", 0, from.copy(".q[1]"));
        editor.insert(".q", 0, from.copy(".q[0]"));
        assertIs(editor.insert(".q", 2, from.copy(".q[2]")), "qtailq-3");
    }

    @Test
    void listIsEditedLikeAQueue() throws Exception {
        SectionEditor editor = editor("qlist-3");
        assertDescribedAs(editor.remove(".l[2]").remove(".l[1]"), "qlist-1");
        assertIs(editor.remove(".l[0]"), "qlist-0");
    }

    @ParameterizedTest
    @CsvSource({"gtree-struct-key-4, gtree-struct-key-0", "gtree-direct-key-4, gtree-direct-key-0"})
    void entriesOfATreeAreCounted(String four, String none) throws Exception {
        SectionEditor from = editor(four);
        SectionEditor editor = editor(four);
        editor.remove(".t[1].key").remove(".t[2].value");
        assertThat(((TreeNode) StatePath.find(editor.section().root(), ".t").orElseThrow()).count())
                .isEqualTo(2);
        editor.insert(".t", 1, from.copy(".t[1].value")).insert(".t", 3, from.copy(".t[3].key"));
        assertIs(editor, four);
        for (int i = 0; i < 4; i++) {
            editor.remove(".t[0].key");
        }
        assertIs(editor, none);
        for (int i = 3; i >= 0; i--) {
            editor.insert(".t", 0, from.copy(".t[" + i + "].key"));
        }
        assertIs(editor, four);
    }

    @Test
    void sizesOfEverythingAroundAreCorrected() throws Exception {
        SectionEditor editor = editor("qtailq-of-qtailqs");
        String before = json(editor);
        String text = TreeText.of(editor.section().root());
        StateNode outer =
                editor.section().root().fields().stream()
                        .filter(QueueNode.class::isInstance)
                        .findFirst()
                        .orElseThrow();
        String inner =
                outer.children().stream()
                        .flatMap(element -> element.children().stream())
                        .filter(n -> n instanceof QueueNode && !n.children().isEmpty())
                        .findFirst()
                        .orElseThrow()
                        .pathText();
        StatePart part = editor.copy(inner + "[0]");

        editor.remove(inner + "[0]");

        assertThat(editor.section().findings()).isEmpty();
        assertThat(json(editor)).isNotEqualTo(before);
        editor.insert(inner, 0, part);
        assertThat(json(editor)).isEqualTo(before);
        assertThat(TreeText.of(editor.section().root())).isEqualTo(text);
    }

    @Test
    void elementsOfACountedArrayComeAndGoWithTheirCount() throws Exception {
        SectionEditor editor = editor("varray-5");
        assertThatThrownBy(() -> editor.remove(".ai[4]"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the field that counts the elements of dev.ai");

        StatePart first = editor.copy(".ai[0]");
        editor.remove(".ai[4]", ".ni").insert(".ai", 0, first, ".ni");
        assertThat(TreeText.of(editor.section().root())).startsWith("(.ni=5 .ai=[1 1 2 3 4] .nu=5");
        assertDescribedAs(editor, "varray-5");

        for (char kind : new char[] {'i', 'u', 'h', 'x'}) {
            for (int i = 4; i > 0; i--) {
                editor.remove(".a" + kind + "[" + i + "]", ".n" + kind);
            }
        }
        assertDescribedAs(editor, "varray-1");
    }

    @Test
    void bufferGetsAnotherLengthWithItsCount() throws Exception {
        SectionEditor editor = editor("vbuffer");
        editor.set(".data", new byte[] {9, 8, 7}, ".n").set(".d2", new byte[0], ".m");

        assertThat(TreeText.of(editor.section().root()))
                .isEqualTo("(.n=3 .data=090807 .m=0 .d2= .k=2 .mul=010203040506)");
        assertThat(json(editor)).contains("\"type\": \"buffer\", \"size\": 3");
    }

    @Test
    void fieldThatDoesNotCountIsRefused() throws Exception {
        SectionEditor editor = editor("vbuffer");
        assertThatThrownBy(() -> editor.set(".data", new byte[3], ".m"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("dev.m does not count dev.data, of which there are 5: it is 2");
    }

    @Test
    void everyKindOfValueIsSet() throws Exception {
        SectionEditor numbers = editor("scalar-min");
        numbers.set(".b", true)
                .set(".i8", 127)
                .set(".i16", -1)
                .set(".i32", 5)
                .set(".i64", Long.MIN_VALUE)
                .set(".u8", 255)
                .set(".u16", 1)
                .set(".u32", 0xffff_ffffL)
                .set(".u64", BigInteger.TWO.pow(64).subtract(BigInteger.ONE));
        assertThat(TreeText.of(numbers.section().root()))
                .isEqualTo(
                        "(.b=true .i8=127 .i16=-1 .i32=5 .i64=-9223372036854775808 .u8=255 .u16=1"
                                + " .u32=4294967295 .u64=18446744073709551615)");
        assertThat(json(numbers)).isEqualTo(Vectors.named("scalar-min").json());

        SectionEditor timer = editor("timer");
        timer.set(".t", -1).set(".tp", 7).set(".ts[1]", 0);
        assertThat(TreeText.of(timer.section().root())).isEqualTo("(.t=off .tp=7ns .ts=[0ns 0ns])");

        BitSet bits = new BitSet();
        bits.set(1);
        bits.set(64);
        SectionEditor bitmap = editor("bitmap-65").set(".map", bits);
        assertThat(TreeText.of(bitmap.section().root()))
                .isEqualTo("(.bits=65 .map=bits 1 64 .after=238)");
    }

    @Test
    void treeThatWasHandedOutDoesNotChange() throws Exception {
        SectionEditor editor = editor("scalar-max");
        DecodedSection before = editor.section();
        String text = TreeText.of(before.root());

        editor.set(".u8", 1);
        DecodedSection between = editor.section();
        editor.set(".u8", 2);

        assertThat(TreeText.of(before.root())).isEqualTo(text);
        assertThat(TreeText.of(between.root())).contains(".u8=1");
        assertThat(SectionDecoderTest.encode(before))
                .isEqualTo(Vectors.named("scalar-max").bytes());
        assertThat(TreeText.of(editor.section().root())).contains(".u8=2");
    }

    @Test
    void wrongTypeRangeAndPathSayWhatIsPossible() throws Exception {
        assertRefused(
                "scalar-min",
                e -> e.set(".u8", 256),
                "dev.u8 takes an integer from 0 to 255, not 256");
        assertRefused(
                "scalar-min",
                e -> e.set(".i8", -129),
                "dev.i8 takes an integer from -128 to 127, not -129");
        assertRefused(
                "scalar-min",
                e -> e.set(".u64", -1),
                "dev.u64 takes an integer from 0 to 18446744073709551615, not -1");
        assertRefused(
                "scalar-min", e -> e.set(".b", 1), "dev.b takes a truth value, not an integer");
        assertRefused(
                "scalar-min",
                e -> e.set(".u16", new byte[3]),
                "dev.u16 takes an integer from 0 to 65535, not 3 bytes");
        assertRefused(
                "scalar-min",
                e -> e.set(".nope", 1),
                "no value .nope; dev has b, i8, i16, i32, i64, u8, u16, u32, u64");
        assertRefused(
                "qtailq-3", e -> e.set(".q[3].a", 1), "no value .q[3].a; dev.q has 3 elements");
        assertRefused(
                "qtailq-3",
                e -> e.set(".q", 1),
                "dev.q takes elements that are inserted or removed, not an integer");
        assertRefused(
                "qtailq-3",
                e -> e.remove(".h"),
                "dev.h cannot be removed: only elements of queues, lists, trees and counted arrays and subsections can");
        assertRefused(
                "timer",
                e -> e.set(".t", -2),
                "dev.t takes a time in nanoseconds, or -1 for not armed, not -2");
    }

    @Test
    void partsAreInsertedOnlyWhereTheyBelong() throws Exception {
        StatePart element = editor("qtailq-3").copy(".q[0]");
        StatePart subsection = editor("subsections-two").copy("/one");
        assertRefused(
                "qtailq-3",
                e -> e.insert(".q", 4, element),
                "dev.q takes an index from 0 to 3, not 4");
        assertRefused(
                "gtree-struct-key-4",
                e -> e.insert(".t", 0, element),
                "dev.t (gtree) cannot hold an element of a queue, t/qe");
        assertRefused(
                "spapr-pending-events",
                e -> e.insert(".pending_events", 0, element),
                "holds spapr_event_log_entry (version 1), not t/qe (version 1)");
        assertRefused(
                "subsections-one",
                e -> e.insert("", 0, subsection),
                "dev has the subsection t/subs/one already");
        assertRefused(
                "qtailq-3",
                e -> e.insert("", 0, subsection),
                "dev is a t/queue, which does not look for a subsection t/subs/one");
    }

    private static void assertRefused(
            String vector, UnaryOperator<SectionEditor> change, String message) throws Exception {
        SectionEditor editor = editor(vector);
        assertThatThrownBy(() -> change.apply(editor))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
        assertThat(editor.changed()).isFalse();
        assertIs(editor, vector);
    }

    /// QEMU describes only the queue of the first structure.
    @Test
    void queuesInFurtherStructuresHaveNoDescriptionToChange() throws Exception {
        SectionEditor editor = editor("qtailq-in-struct-array");
        editor.remove(".rows[2].q[0]").insert(".rows[1].q", 0, editor.copy(".rows[0].q[1]"));
        assertThat(TreeText.of(editor.section().root()))
                .isEqualTo(
                        "(.rows=[(.id=1 .q=[(.v=1) (.v=2)]) (.id=2 .q=[(.v=2)]) (.id=3 .q=[])]"
                                + " .t=9)");
        assertThat(json(editor)).isEqualTo(Vectors.named("qtailq-in-struct-array").json());
    }

    @Test
    void editThatWouldLeaveOthersUndescribedIsRefused() throws Exception {
        SectionEditor editor = editor("qtailq-in-struct-array");
        editor.remove(".rows[0].q[0]");
        byte[] before = editor.body();
        assertThatThrownBy(() -> editor.remove(".rows[0].q[0]"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("would not be described any more");
        assertThat(editor.body()).isEqualTo(before);
    }

    @Test
    void wrongDescriptionLetsValuesBeSetAndNothingElse() throws Exception {
        byte[] longer = HexFormat.of().parseHex(Vectors.named("qtailq-3").hex() + "00");
        SectionEditor editor = editor(longer, Vectors.named("qtailq-3").json());

        editor.set(".q[1].a", 1);

        assertThat(TreeText.of(editor.section().root())).contains(".a=1 ");
        assertThatThrownBy(() -> editor.remove(".q[1]"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the description is wrong about this section")
                .hasMessageContaining("ends 1 byte before");
    }

    @Test
    void deviceOfTheOldStyleIsReplacedAsAWhole() throws Exception {
        String description =
                "{\"size\": 3, \"fields\": [{\"name\": \"data\", \"size\": 3, \"type\": \"buffer\"}]}";
        SectionEditor editor = editor(new byte[] {1, 2, 3}, description);

        editor.set(".data", new byte[] {4, 5, 6, 7});

        assertThat(editor.body()).containsExactly(4, 5, 6, 7);
        assertThat(json(editor)).isEqualTo(description.replace("3", "4"));
    }

    @Test
    void textMayGetAnotherLength() throws Exception {
        String description =
                "{\"vmsd_name\": \"c\", \"version\": 1, \"fields\": [{\"name\": \"a\", \"type\":"
                        + " \"capability\", \"size\": 3}, {\"name\": \"b\", \"type\": \"uint8\","
                        + " \"size\": 1}]}";
        SectionEditor editor = editor(HexFormat.of().parseHex("02686909"), description);

        editor.set(".a", "longer");

        assertThat(TreeText.of(editor.section().root())).contains("longer").contains(".b=9");
        assertThat(json(editor)).isEqualTo(description.replace("\"size\": 3", "\"size\": 7"));
    }

    private static String rows(String indexes) {
        StringBuilder rows = new StringBuilder();
        for (String index : indexes.split(" ", -1)) {
            rows.append(", {\"name\": \"a\", ")
                    .append(index.equals("-") ? "" : "\"index\": " + index + ", ")
                    .append(
                            "\"type\": \"struct\", \"struct\": {\"vmsd_name\": \"row\", \"version\":")
                    .append(
                            " 1, \"fields\": [{\"name\": \"f\", \"type\": \"uint8\", \"size\": 1}]},")
                    .append(" \"size\": 1}");
        }
        return "{\"vmsd_name\": \"d\", \"version\": 1, \"fields\": [{\"name\": \"n\", \"type\":"
                + " \"int32\", \"size\": 4}"
                + rows
                + "]}";
    }

    /// QEMU up to 7.2, 10.x and 11.1.
    @ParameterizedTest
    @CsvSource({"0 1 2, 0 1, -", "0 1 -, 0 -, -", "- - -, - -, -"})
    void elementsWithEntriesOfTheirOwnAreNumberedAsTheirVersionDoes(
            String three, String two, String one) throws Exception {
        SectionEditor editor = editor(HexFormat.of().parseHex("00000003aabbcc"), rows(three));
        StatePart middle = editor.copy(".a[1]");

        assertThat(json(editor.remove(".a[1]", ".n"))).isEqualTo(rows(two));
        assertThat(HexFormat.of().formatHex(editor.body())).isEqualTo("00000002aacc");
        assertThat(json(editor.insert(".a", 0, middle, ".n"))).isEqualTo(rows(three));
        assertThat(HexFormat.of().formatHex(editor.body())).isEqualTo("00000003bbaacc");
        editor.remove(".a[2]", ".n");
        if (!two.startsWith("-")) {
            assertThat(json(editor.remove(".a[0]", ".n"))).isEqualTo(rows(one));
            assertThat(HexFormat.of().formatHex(editor.body())).isEqualTo("00000001aa");
            assertThatThrownBy(() -> editor.insert(".a", 0, middle, ".n"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("dev.a is not described as an array");
        }
    }

    @Test
    void pointersOfWhichSomeAreNullStayAsManyAsTheyAre() throws Exception {
        SectionEditor editor = editor("varray-of-pointers-4");
        editor.set(".p[2]", 9);
        assertThat(TreeText.of(editor.section().root())).contains("null 9 null");
        assertThatThrownBy(() -> editor.remove(".p[2]", ".n"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("dev.p is an array of pointers some of which are null");
    }
}
