// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.LimitExceededException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

final class VmDescriptionTest {
    @Test
    void everyRealDescriptionPrintsBackToTheSameText() throws Exception {
        Map<String, byte[]> texts = Descriptions.texts();
        assertThat(texts).hasSizeGreaterThan(60);
        for (Map.Entry<String, byte[]> entry : texts.entrySet()) {
            VmDescription description =
                    VmDescription.parse(entry.getValue(), 0, ReadLimits.DEFAULT);
            assertThat(description.text()).isEqualTo(entry.getValue());
            assertThat(new String(description.style().print(description.json()), UTF_8))
                    .as(entry.getKey())
                    .isEqualTo(new String(entry.getValue(), UTF_8));
            assertThat(description.style())
                    .isEqualTo(
                            entry.getKey().endsWith("-52") ? JsonStyle.SPACED : JsonStyle.COMPACT);
        }
    }

    @Test
    void entriesCanBeExchangedInTheStyleOfTheText() throws Exception {
        for (Map.Entry<String, byte[]> entry : Descriptions.texts().entrySet()) {
            VmDescription description =
                    VmDescription.parse(entry.getValue(), 0, ReadLimits.DEFAULT);
            List<JsonObject> entries = description.entries();
            assertThat(description.withEntries(entries, ReadLimits.DEFAULT))
                    .as(entry.getKey())
                    .isEqualTo(description);
            for (int i = 0; i < entries.size(); i++) {
                assertThat(DeviceDescription.of(entries.get(i)))
                        .isEqualTo(description.devices().get(i));
            }
            VmDescription fewer =
                    description.withEntries(
                            entries.subList(0, entries.size() / 2), ReadLimits.DEFAULT);
            assertThat(fewer.devices())
                    .isEqualTo(description.devices().subList(0, entries.size() / 2));
            assertThat(fewer.style()).isEqualTo(description.style());
        }
    }

    @Test
    void entryThatDescribesNoDeviceIsRejected() throws Exception {
        JsonObject entry =
                JsonObject.parse(
                        "{\"name\": \"x\", \"fields\": []}".getBytes(UTF_8), ReadLimits.DEFAULT);
        assertThatThrownBy(() -> DeviceDescription.of(entry))
                .isInstanceOf(CorruptException.class)
                .hasMessage("x: no instance_id");
        assertThatThrownBy(
                        () ->
                                Descriptions.of("pc-default-100")
                                        .withEntries(List.of(entry), ReadLimits.DEFAULT))
                .isInstanceOf(CorruptException.class)
                .hasMessageStartingWith("devices[0] > x: no instance_id");
    }

    @Test
    void membersAreReplacedInTheirPlace() {
        JsonObject one =
                new JsonObject(List.of(new JsonValue.Member("a", JsonValue.JsonWord.TRUE)));
        JsonObject two = one.with("b", JsonValue.JsonWord.NULL);
        assertThat(two.with("a", JsonValue.JsonWord.FALSE).members())
                .extracting(JsonValue.Member::name)
                .containsExactly("a", "b");
        assertThat(two.without("b")).isEqualTo(one);
        assertThat(one.without("c")).isEqualTo(one);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pseries-events-52", "pseries-events-72", "pseries-events-100"})
    void keysRepeatedForEachElementOfAQueueAreAllThere(String stream) throws Exception {
        StructDescription spapr = Descriptions.device(stream, "spapr").body();
        StructDescription events =
                spapr.subsections().stream()
                        .filter(s -> s.vmsdName().equals("spapr_pending_events"))
                        .findFirst()
                        .orElseThrow();

        FieldDescription queue = events.fields().getFirst();

        assertThat(queue.type()).isEqualTo("qtailq");
        assertThat(queue.elements()).hasSize(5);
        assertThat(queue.elements())
                .allSatisfy(
                        element -> {
                            assertThat(element.vmsdName()).isEqualTo("spapr_event_log_entry");
                            assertThat(element.fields())
                                    .extracting(FieldDescription::name)
                                    .containsExactly("summary", "extended_length", "extended_log");
                        });
        long elements = queue.elements().stream().mapToLong(StructDescription::bodySize).sum();
        assertThat(queue.size()).isEqualTo(elements + 5 + 1);
    }

    @Test
    void configurationPageSizeAndDevicesAreTyped() throws Exception {
        VmDescription description = Descriptions.of("pc-default-100");

        assertThat(description.pageSize()).isEqualTo(4096);
        assertThat(description.configuration().orElseThrow().vmsdName()).isEqualTo("configuration");
        assertThat(description.devices().getFirst().name()).isEqualTo("timer");
        assertThat(description.devices())
                .filteredOn(device -> device.name().equals("cpu_common"))
                .allSatisfy(device -> assertThat(device.oldStyle()).isFalse());
        assertThat(Descriptions.of("pc-default-72").configuration()).isEmpty();
    }

    @Test
    void aDeviceOfTheOldStyleIsOneBufferOfItsSize() throws Exception {
        DeviceDescription device =
                Descriptions.of("pc-default-52").devices().stream()
                        .filter(DeviceDescription::oldStyle)
                        .findFirst()
                        .orElseThrow();

        assertThat(device.body().fields())
                .singleElement()
                .satisfies(
                        field -> {
                            assertThat(field.name()).isEqualTo("data");
                            assertThat(field.size()).isEqualTo(device.bodySize());
                        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    [1]                                                          | no JSON object
                    {}                                                           | no page_size
                    {"page_size": 0}                                             | page_size is not an integer
                    {"page_size": 4097, "devices": []}                           | page_size 4097 is not a power of two
                    {"page_size": 4096}                                          | no devices
                    {"page_size": 4096, "devices": {}}                           | devices is not a list
                    {"page_size": 4096, "devices": [1]}                          | devices is not an object
                    {"page_size": 4096, "devices": [{}]}                         | devices[0]: no name
                    {"page_size": 4096, "devices": [{"name": "x"}]}              | devices[0] > x: no instance_id
                    {"page_size": 4096, "devices": []} {}                        | text after the end
                    {"page_size": 4096, "devices": [}                            | not JSON
                    {"page_size": 4096, "devices": []                            | not JSON
                    """)
    void textThatIsNoDescriptionIsCorrupt(String text, String message) {
        assertThatThrownBy(() -> Descriptions.parse(text))
                .isInstanceOf(CorruptException.class)
                .hasMessageContaining(message)
                .hasMessageContaining("(offset 0x");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    "size": -1                                      | size is not an integer
                    "size": 9223372036854775808                     | size is not an integer
                    "size": 1.5                                     | size is not an integer
                    "size": "1"                                     | size is not an integer
                    "array_len": 0, "size": 1                       | array_len is not an integer
                    "array_len": 2147483648, "size": 1              | array_len is not an integer
                    "index": -1, "size": 1                          | index is not an integer
                    "struct": 1, "size": 1                          | struct is not an object
                    "array_len": 2, "size": 9223372036854775807     | sizes whose sum exceeds 64 bits
                    "vmsd_name": 1, "size": 1                       | vmsd_name is not a string
                    "vmsd_name": "e", "fields": [1], "size": 1      | fields is not an object
                    """)
    void fieldsThatCannotBeAreCorruptWithThePath(String members, String message) {
        String text =
                """
                {"page_size": 4096, "devices": [{"name": "d", "instance_id": 0, "vmsd_name": "v", "version": 1,\
                 "fields": [{"name": "f", "type": "t", %s}]}]}"""
                        .formatted(members);

        assertThatThrownBy(() -> Descriptions.parse(text))
                .isInstanceOf(CorruptException.class)
                .hasMessageContaining(message)
                .hasMessageContaining("devices[0] > d");
    }

    @Test
    void errorsCarryTheAbsoluteOffset() {
        byte[] text = "{\"page_size\": 4096, \"devices\": [{\"name\": 1}]}".getBytes(UTF_8);

        assertThatThrownBy(() -> VmDescription.parse(text, 1000, ReadLimits.DEFAULT))
                .isInstanceOfSatisfying(
                        CorruptException.class, e -> assertThat(e.offset()).isEqualTo(1032));
        byte[] broken = "{\"page_size\" 4096}".getBytes(UTF_8);
        assertThatThrownBy(() -> VmDescription.parse(broken, 1000, ReadLimits.DEFAULT))
                .isInstanceOfSatisfying(
                        CorruptException.class,
                        e -> assertThat(e.offset()).isBetween(1012L, 1014L));
    }

    @Test
    void nestingIsBounded() {
        String deep = "{\"page_size\": 4096, \"devices\": [], \"x\": " + "[".repeat(100_000);

        assertThatThrownBy(() -> Descriptions.parse(deep))
                .isInstanceOf(LimitExceededException.class);
    }

    @Test
    void lengthIsBounded() {
        ReadLimits limits = ReadLimits.builder().maxDescriptionBytes(10).build();

        assertThatThrownBy(() -> VmDescription.parse(new byte[11], 0, limits))
                .isInstanceOf(LimitExceededException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "\"\"", "0", "null", "{\"\": 0}"})
    void valuesAreCounted(String value) {
        ReadLimits limits = ReadLimits.builder().maxDescriptionValues(1000).build();
        String text =
                "{\"page_size\": 4096, \"devices\": [], \"x\": ["
                        + (value + ",").repeat(999)
                        + "0]}";

        assertThatThrownBy(() -> VmDescription.parse(text.getBytes(UTF_8), 0, limits))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("1001 values, the limit is 1000 (maxDescriptionValues)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"name", "type", "vmsd_name"})
    void namesAreBounded(String key) {
        String field =
                "{\"name\": \"f\", \"type\": \"t\", \"vmsd_name\": \"v\", \"size\": 1}"
                        .replaceFirst(
                                "\"" + key + "\": \".\"",
                                "\"" + key + "\": \"" + "n".repeat(1025) + "\"");
        String text =
                "{\"page_size\": 4096, \"devices\": [{\"name\": \"d\", \"instance_id\": 0, \"fields\": ["
                        + field
                        + "]}]}";

        assertThatThrownBy(() -> Descriptions.parse(text))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining(
                        "a name of 1025 characters, the limit is 1024 (maxNameLength)")
                .satisfies(
                        e ->
                                assertThat(((VMStateException) e).offset())
                                        .isEqualTo(text.indexOf(field)));
    }

    @Test
    void errorsAreAtTheObjectThatIsWrongAmongEqualOnes() {
        String good = "{\"name\": \"}{\\\"\", \"instance_id\": 0, \"fields\": []}, ";
        String text =
                "{\"page_size\": 4096, \"devices\": [" + good + good + "{\"x\": {}}, {\"x\": {}}]}";

        assertThatThrownBy(() -> Descriptions.parse(text))
                .isInstanceOf(CorruptException.class)
                .hasMessageContaining("devices[2]: no name")
                .satisfies(
                        e ->
                                assertThat(((VMStateException) e).offset())
                                        .isEqualTo(text.indexOf("{\"x\"")));
    }

    @ParameterizedTest
    @EnumSource(JsonStyle.class)
    void everyStringPrintsToATextThatIsReadBack(JsonStyle style) throws Exception {
        for (String string :
                List.of(
                        "\ud800",
                        "\udc00\ud800",
                        "a\ud83d\ude00\ud83d",
                        "\udc00\ud83d\ude00",
                        "\"\\\b\f\n\r\t\u0000\u001f\u007f\u0085\u2028",
                        "\u00e4\u20ac")) {
            JsonObject object =
                    new JsonObject(
                            List.of(
                                    new JsonValue.Member(
                                            string, new JsonValue.JsonString(string))));
            assertThat(JsonObject.parse(style.print(object), ReadLimits.DEFAULT)).isEqualTo(object);
        }
    }

    @Test
    void writerKeepsHalvesOfSurrogatePairs() throws Exception {
        byte[] text =
                new VmDescWriter()
                        .startObject()
                        .string("\ud800", "\udc00")
                        .endObject()
                        .toByteArray();

        assertThat(JsonObject.parse(text, ReadLimits.DEFAULT).members())
                .containsExactly(
                        new JsonValue.Member("\ud800", new JsonValue.JsonString("\udc00")));
    }

    @Test
    void textInAnotherEncodingIsCorrupt() {
        byte[] utf16 =
                "{\"page_size\": 4096, \"devices\": []}"
                        .getBytes(java.nio.charset.StandardCharsets.UTF_16LE);

        assertThatThrownBy(() -> VmDescription.parse(utf16, 0, ReadLimits.DEFAULT))
                .isInstanceOf(CorruptException.class);
    }

    @Test
    void wrongBytesCauseNoOtherException() throws Exception {
        byte[] text = Descriptions.texts().get("pseries-events-100");
        Random random = new Random(5);
        for (int i = 0; i < 2000; i++) {
            byte[] wrong = text.clone();
            if (i % 2 == 0) {
                wrong = Arrays.copyOf(wrong, random.nextInt(wrong.length));
            }
            for (int flips = random.nextInt(4); flips > 0 && wrong.length > 0; flips--) {
                wrong[random.nextInt(wrong.length)] = (byte) random.nextInt();
            }
            try {
                VmDescription.parse(wrong, 0, ReadLimits.DEFAULT);
            } catch (VMStateException e) {
                assertThat(e.offset()).isBetween(0L, (long) wrong.length);
            }
        }
    }
}
