// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Arrays of pointers in the format and with the descriptions of QEMU 11.1.
///
/// In descriptions, `?` is a `ptr-marker`, `s` a structure of one `uint16`, `r` the same with a
/// name that is used twice (`p[0]`), `e` a `uint8` with another name, and `*n` an `array_len`.
final class PointerArrayTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            textBlock =
                    """
                    ? s ? s ? ? e      | 31000131000230303f     | (.p=[(.v=1) (.v=2) null null] .e=63)
                    ? ? s ? e          | 30310001303f           | (.p=[null (.v=1) null] .e=63)
                    ? s e              | 3100013f               | (.p=[(.v=1)] .e=63)
                    ? s e              | 3000013f               | (.p=[null (.v=1)] .e=63)
                    ? ? ? e            | 3030303f               | (.p=[null null null] .e=63)
                    ? e                | 303f                   | (.p=null .e=63)
                    ?*3 s ? e          | 303030310130 3f        | (.p=[null null null (.v=12545) null] .e=63)
                    s*5 ?*3 s          | 0001 303030 0002       | (.p=[(.v=1) null null null (.v=2)])
                    s*4 ?              | 000100020003 30        | (.p=[(.v=1) (.v=2) (.v=3) null])
                    ? s ? s ?          | 30 0001 30 0002 30     | (.p=[null (.v=1) null (.v=2) null])
                    s s ? s            | 0001 3130 30 0002      | (.p=[(.v=1) (.v=12592) null (.v=2)])
                    ? s ? s            | 31 3131 31 3030        | (.p=[(.v=12593) (.v=12336)])
                    n? r n? e          | 30 0001 30 3f          | (.p[0]=[null (.v=1) null] .e=63)
                    """)
    void nullsAndElementsHaveTheirIndexes(String fields, String hex, String values)
            throws Exception {
        Vectors vector = vector(fields, hex);

        DecodedSection section = vector.decode();

        assertThat(section.findings()).isEmpty();
        assertThat(TreeText.of(section.root())).isEqualTo(values);
        assertThat(vector.description().bodySize()).isEqualTo(vector.bytes().length);
        assertThat(SectionDecoderTest.encode(section)).isEqualTo(vector.bytes());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ? s ? s ?   | 32 0001 31 0002 30 | dev.p[0] | 0x32 where a pointer's marker
                    ? s ? s ?   | 31 0001 32 0002 30 | dev.p[1] | 0x32 where a pointer's marker
                    ? s ? s ?   | 31 0001 30 0002 30 | dev.p[1] | 0x30, a null pointer, where
                    ? s ? s ?   | 30 0001 31 0002 30 | dev.p[2] | 0x31 where the description has a null pointer
                    ? s ? ?     | 31 0001 30 31      | dev.p[2] | 0x31 where the description has a null pointer
                    ?*2 s       | 30 31 0001         | dev.p[1] | 0x31 where the description has a null pointer
                    s*2 ?       | 0001 31            | dev.p[1] | 0x31 where the description has a null pointer
                    ? e         | 31 3f              | dev.p    | 0x31 where the description has a null pointer
                    """)
    void aMarkerThatContradictsTheDescriptionIsAFinding(
            String fields, String hex, String path, String detail) throws Exception {
        Vectors vector = vector(fields, hex);

        DecodedSection section = vector.decode();

        assertThat(section.findings())
                .singleElement()
                .satisfies(
                        finding -> {
                            assertThat(finding.detail()).contains(detail);
                            assertThat(finding.path()).isEqualTo(path);
                        });
        assertThat(SectionDecoderTest.encode(section)).isEqualTo(vector.bytes());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    s*6 ?*2 s*2 e | 0001 3030 0002 0003 30 3f | (.p=[(.v=1) null null (.v=2) (.v=3) null] .e=63)
                    s*6 ?*3 e     | 0001 0002 303030 0003 3f  | (.p=[(.v=1) (.v=2) null null null (.v=3)] .e=63)
                    """)
    void anElementThatTheDescriptionLeavesOutIsReadAndReported(
            String fields, String hex, String values) throws Exception {
        Vectors vector = vector(fields, hex);

        DecodedSection section = vector.decode();

        assertThat(section.findings())
                .singleElement()
                .satisfies(f -> assertThat(f.detail()).contains("leaves out the last element"));
        assertThat(TreeText.of(section.root())).isEqualTo(values);
        assertThat(SectionDecoderTest.encode(section)).isEqualTo(vector.bytes());
    }

    @Test
    void anArrayCutAnywhereIsATreeOfItsBytes() throws Exception {
        Vectors vector = vector("? s ? s ? ? e", "31000131000230303f");

        for (int length = 0; length < vector.bytes().length; length++) {
            byte[] cut = Arrays.copyOf(vector.bytes(), length);
            DecodedSection section = vector.decode(cut);

            assertThat(section.findings()).as("%d bytes", length).isNotEmpty();
            assertThat(SectionDecoderTest.encode(section)).as("%d bytes", length).isEqualTo(cut);
        }
    }

    @Test
    void anElementBeginsBehindItsMarker() throws Exception {
        ArrayNode array =
                (ArrayNode) vector("? s ?", "31000130").decode().root().fields().getFirst();

        assertThat(array.length()).isEqualTo(4);
        assertThat(array.marked(0)).isTrue();
        assertThat(array.marked(1)).isFalse();
        assertThat(array.elements().get(0).offset()).isEqualTo(Vectors.OFFSET + 1);
        assertThat(array.elements().get(0).length()).isEqualTo(2);
        assertThat(array.elements().get(1).offset()).isEqualTo(Vectors.OFFSET + 3);
    }

    private static Vectors vector(String fields, String hex) {
        String json =
                Arrays.stream(fields.split(" "))
                        .map(PointerArrayTest::entry)
                        .collect(
                                Collectors.joining(
                                        ", ",
                                        "{\"vmsd_name\": \"d\", \"version\": 1, \"fields\": [",
                                        "]}"));
        return new Vectors(fields, hex.replace(" ", ""), json);
    }

    private static String entry(String word) {
        String count = word.contains("*") ? word.substring(word.indexOf('*') + 1) : "";
        String length = count.isEmpty() ? "" : "\"array_len\": " + count + ", ";
        String structure =
                "\"type\": \"struct\", \"struct\": {\"vmsd_name\": \"s\", \"version\": 1, \"fields\": "
                        + "[{\"name\": \"v\", \"type\": \"uint16\", \"size\": 2}]}, \"size\": 2}";
        String marker = "\"type\": \"ptr-marker\", \"size\": 1}";
        return switch (word.replace("*" + count, "")) {
            case "?" -> "{\"name\": \"p\", " + length + marker;
            case "n?" -> "{\"name\": \"p[-1]\", " + length + marker;
            case "s" -> "{\"name\": \"p\", " + length + structure;
            case "r" -> "{\"name\": \"p[0]\", " + length + structure;
            default -> "{\"name\": \"e\", \"type\": \"uint8\", \"size\": 1}";
        };
    }
}
