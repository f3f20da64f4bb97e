// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.vmdesc.JsonDocument;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

final class SchemaDumpTest {
    /// In the format of QEMU 10.0.
    private static final String DUMP =
            """
            {
              "vmschkmachine": {
                "Name": "board-1"
              },
              "board-uart": {
                "Name": "board-uart",
                "version_id": 3,
                "minimum_version_id": 2,
                "Description": {
                  "name": "uart",
                  "version_id": 3,
                  "minimum_version_id": 2,
                  "Fields": [
                    {
                      "field": "fifo",
                      "version_id": 0,
                      "field_exists": false,
                      "num": 1,
                      "size": 4
                    },
                    {
                      "field": "timer",
                      "version_id": 3,
                      "field_exists": true,
                      "size": 48,
                      "Description": {
                        "name": "ticks",
                        "version_id": 1,
                        "minimum_version_id": 0
                      }
                    }
                  ],
                  "Subsections": [
                    {
                      "name": "uart/extra",
                      "version_id": 1,
                      "minimum_version_id": 1,
                      "Fields": [
                      ]
                    }
                  ]
                }
              }
            }
            """;

    private static SchemaDump parse(String text) throws VMStateException {
        return SchemaDump.parse(text.getBytes(UTF_8), ReadLimits.DEFAULT);
    }

    private static JsonObject json(byte[] text) throws VMStateException {
        return JsonDocument.parse(text, 0, ReadLimits.DEFAULT).root();
    }

    @Test
    void aDumpOfQemusHasMemorySizesAndNoWireTypes() throws Exception {
        SchemaDump dump = parse(DUMP);

        assertThat(dump.machine()).isEqualTo("board-1");
        Schema schema = dump.devices().getFirst().schema();
        assertThat(schema.fields().getFirst())
                .isEqualTo(
                        new SchemaField(
                                "fifo",
                                SchemaExistence.ALWAYS,
                                new Repetition.Times(1),
                                List.of(),
                                null,
                                null,
                                null,
                                4L));
        SchemaField timer = schema.fields().getLast();
        assertThat(timer.presence()).isEqualTo(new SchemaExistence(3, true));
        assertThat(timer.repetition()).isNull();
        assertThat(timer.nested()).containsExactly(new Schema("ticks", 1, 0, null, List.of()));
        assertThat(schema.subsections())
                .containsExactly(new Schema("uart/extra", 1, 1, List.of(), List.of()));
    }

    @Test
    void aDumpOfQemusIsWrittenBackWithTheSameMembers() throws Exception {
        JsonObject written = json(parse(DUMP).toByteArray());

        assertThat(written).isEqualTo(json(DUMP.getBytes(UTF_8)));
    }

    @Test
    void aStreamsDescriptionIsASchemaOfWhatWasSent() throws Exception {
        String text =
                """
                {"page_size": 4096, "devices": [{"name": "d", "instance_id": 0, "vmsd_name": "dev",
                "version": 2, "fields": [
                {"name": "a", "array_len": 3, "type": "uint16", "size": 2},
                {"name": "q", "type": "qtailq",
                 "vmsd_name": "e", "version": 1, "fields": [{"name": "v", "type": "bool", "size": 1}],
                 "vmsd_name": "e", "version": 1, "fields": [{"name": "v", "type": "bool", "size": 1}],
                 "size": 5},
                {"name": "p", "type": "nullptr", "size": 1},
                {"name": "p", "type": "struct", "struct": {"vmsd_name": "i", "version": 1,
                 "fields": [{"name": "v", "type": "int32", "size": 4}]}, "size": 4}]}]}
                """;
        Schema schema =
                Schema.of(
                        VmDescription.parse(text.getBytes(UTF_8), 0, ReadLimits.DEFAULT)
                                .devices()
                                .getFirst()
                                .body());

        assertThat(schema.name()).isEqualTo("dev");
        assertThat(schema.version()).isEqualTo(2);
        assertThat(schema.minimumVersion()).isNull();
        assertThat(schema.fields())
                .extracting(
                        SchemaField::name,
                        SchemaField::repetition,
                        SchemaField::wireType,
                        SchemaField::wireSize,
                        field -> field.nested().stream().map(Schema::name).toList())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(
                                "a", new Repetition.Times(3), "uint16", 2L, List.of()),
                        org.assertj.core.groups.Tuple.tuple(
                                "q", new Repetition.Once(), "qtailq", 5L, List.of("e")),
                        org.assertj.core.groups.Tuple.tuple(
                                "p", new Repetition.Times(2), "struct", 4L, List.of("i")));
        assertThat(schema.fields()).extracting(SchemaField::presence).containsOnlyNulls();
        SchemaDump dump =
                new SchemaDump("board-1", List.of(new SchemaDump.Device("dev", 2, 2, schema)));
        assertThat(SchemaDump.parse(dump.toByteArray(), ReadLimits.DEFAULT)).isEqualTo(dump);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    "size": 4            | "size": -4              | size is not an integer
                    "size": 4            | "size": 4.5             | size is not an integer
                    "size": 48,          | "size": "48",           | size is not an integer
                    "field": "timer"     | "field": 1              | field is not a string
                    "field_exists": true | "field_exists": 1       | field_exists is neither true nor false
                    "name": "ticks",     | ``                      | no name
                    "num": 1             | "num": 4294967296       | num is not an integer
                    "num": 1             | "wire:count": "some"    | wire:count has no known value
                    "Name": "board-1"    | "name": "board-1"       | no Name
                    "Subsections": [     | "Subsections": {} , "x": [ | Subsections is not a list
                    """)
    void aTextThatIsNoDumpIsRefusedAtItsOffset(String from, String to, String detail) {
        String text = DUMP.replaceFirst(java.util.regex.Pattern.quote(from), to);
        assertThat(text).isNotEqualTo(DUMP);

        assertThatThrownBy(() -> parse(text))
                .isInstanceOfSatisfying(
                        CorruptException.class,
                        e -> {
                            assertThat(e.detail()).contains(detail);
                            assertThat(e.offset()).isBetween(0L, (long) text.length());
                            assertThat(text.charAt((int) e.offset())).isEqualTo('{');
                        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100, 500, 860})
    void aDumpThatWasCutIsRefusedAtItsEnd(int length) {
        byte[] cut = DUMP.substring(0, length).getBytes(UTF_8);

        assertThatThrownBy(() -> SchemaDump.parse(cut, ReadLimits.DEFAULT))
                .isInstanceOfSatisfying(
                        CorruptException.class,
                        e -> assertThat(e.offset()).isBetween(0L, (long) length));
    }

    @Test
    void errorsNameWhereTheyAre() {
        assertThatThrownBy(() -> parse(DUMP.replace("\"size\": 48", "\"size\": null")))
                .hasMessageStartingWith("board-uart > uart > timer: size is not an integer");
    }
}
