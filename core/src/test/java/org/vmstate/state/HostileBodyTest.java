// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmstate.inspect.Device;
import org.vmstate.testing.Corpus;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// Malformed bodies and descriptions.
final class HostileBodyTest {
    @ParameterizedTest
    @CsvSource({"pseries-events-100", "s390x-100", "q35-viommu-gtree-100", "microvm-100"})
    void realBodiesCutOrChangedGiveATreeOfTheirBytes(String stream) throws Exception {
        Random random = new Random(1);
        for (Device.Whole device :
                StateCorpusTest.described(Corpus.file(stream + ".mig").bytes())) {
            byte[] body = device.section().body().memory().toArray(JAVA_BYTE);
            for (int i = 0; i < 12 && body.length > 0 && body.length < 100_000; i++) {
                byte[] wrong =
                        i % 3 == 0
                                ? Arrays.copyOf(body, random.nextInt(body.length))
                                : body.clone();
                for (int flips = i % 3 == 0 ? 0 : 1 + random.nextInt(8); flips > 0; flips--) {
                    wrong[random.nextInt(wrong.length)] = (byte) random.nextInt();
                }

                DecodedSection section = decode(wrong, device.description().orElseThrow());

                assertThat(SectionDecoderTest.encode(section))
                        .as(device.section().identity().label())
                        .isEqualTo(wrong);
                walk(section.root());
            }
        }
    }

    @Test
    void anyDescriptionOfAnyBytesGivesATreeOfThem() throws Exception {
        Random random = new Random(2);
        int decoded = 0;
        for (Vectors vector : Vectors.all()) {
            for (int i = 0; i < 40; i++) {
                String json = vector.json();
                for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                    json = change(json, random);
                }
                try {
                    DecodedSection section =
                            new Vectors(vector.name(), "", json).decode(vector.bytes());
                    assertThat(SectionDecoderTest.encode(section)).isEqualTo(vector.bytes());
                    walk(section.root());
                    decoded++;
                } catch (VMStateException e) {
                    assertThat(e.offset()).isNotNegative();
                }
            }
        }
        assertThat(decoded).isGreaterThan(1000);
    }

    /// Replaces a number or a type of the description with another one.
    private static String change(String json, Random random) {
        String[] types = {
            "uint8",
            "int64",
            "buffer",
            "struct",
            "qtailq",
            "gtree",
            "nullptr",
            "capability",
            "virtio",
            "pci config",
            "msix state",
            "bitmap",
            "timer",
            "tmp",
            "unknown",
            "fd",
            "ptr-marker"
        };
        String[] parts = json.split("(?<=\"type\": \")|(?<=: )(?=\\d)", -1);
        int at = 1 + random.nextInt(Math.max(1, parts.length - 1));
        if (at >= parts.length) {
            return json;
        }
        parts[at] =
                parts[at - 1].endsWith("\"type\": \"")
                        ? types[random.nextInt(types.length)]
                                + parts[at].substring(parts[at].indexOf('"'))
                        : random.nextInt(0, 1 << random.nextInt(1, 30))
                                + parts[at].replaceFirst("\\d+", "");
        return String.join("", parts);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    "array_len": 10000000, "type": "uint8", "size": 1                       | the body ends
                    "array_len": 2147483647, "type": "buffer", "size": 0                    | an array of 2147483647 elements
                    "array_len": 16000000, "type": "struct", "struct": {}, "size": 0        | a body of 16000000 values of no bytes
                    "type": "buffer", "size": 9223372036854775807                           | the body ends
                    "type": "qtailq", "size": 9                                             | an element that the description
                    "type": "gtree", "size": 9                                              | a tree of 16843009 elements
                    "type": "uint32", "size": 3                                             | uint32 of 3 bytes
                    """)
    void whatADescriptionClaimsCostsNothing(String field, String detail) throws Exception {
        DeviceDescription device = device("{\"name\": \"f\", " + field + "}");
        byte[] body = new byte[64];
        Arrays.fill(body, (byte) 1);

        DecodedSection section = decode(body, device);

        assertThat(section.findings())
                .singleElement()
                .satisfies(problem -> assertThat(problem.detail()).contains(detail));
        assertThat(SectionDecoderTest.encode(section)).isEqualTo(body);
    }

    /// Fields that multiply the number of values without bytes, within arrays whose elements are
    /// created at each access, and in elements that are decoded one by one (a queue has no fixed
    /// size).
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    "array_len": 2, "type": "struct", "struct": {"fields": [{"name": "b", "array_len": 2147483647, "type": "struct", "struct": {}, "size": 0}]}, "size": 0
                    "array_len": 300, "type": "struct", "struct": {"fields": [{"name": "b", "array_len": 300, "type": "buffer", "size": 0}]}, "size": 0
                    "type": "struct", "struct": {"fields": [{"name": "b", "array_len": 70000, "type": "buffer", "size": 0}]}, "size": 0
                    "array_len": 2, "type": "struct", "struct": {"fields": [{"name": "b", "array_len": 40000, "type": "buffer", "size": 0}, {"name": "u", "type": "uint8", "size": 1}]}, "size": 1
                    "array_len": 32, "type": "struct", "struct": {"fields": [{"name": "b", "array_len": 4000, "type": "buffer", "size": 0}, {"name": "u", "type": "capability", "size": 2}]}, "size": 2
                    """)
    void valuesOfNoBytesAreLimitedWhereverTheyNest(String field) throws Exception {
        byte[] body = new byte[64];
        for (int i = 0; i < body.length; i += 2) {
            body[i] = 1;
        }

        DecodedSection section = decode(body, device("{\"name\": \"f\", " + field + "}"));

        assertThat(section.findings())
                .singleElement()
                .satisfies(
                        finding ->
                                assertThat(finding.detail())
                                        .contains("values of no bytes, the limit is 4096"));
        assertThat(SectionDecoderTest.encode(section)).isEqualTo(body);
        walk(section.root());
    }

    @Test
    void sumsOfElementsBeyondAnIntegerAreRefused() throws Exception {
        String run = "{\"name\": \"f\", \"array_len\": 2147483647, \"type\": \"%s\", \"size\": 0}";
        DeviceDescription device =
                device(
                        "{\"name\": \"s\", \"array_len\": 1, \"type\": \"struct\", \"struct\": {\"fields\": ["
                                + run.formatted("buffer")
                                + ", "
                                + run.formatted("bitmap")
                                + "]}, \"size\": 0}");

        DecodedSection section = decode(new byte[0], device);

        assertThat(section.findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.detail()).contains("maxEmptyElements"));
        walk(section.root());
    }

    /// Comparing each pair of elements would take minutes.
    @Test
    @Timeout(60)
    void elementsOfAQueueAreComparedOnce() throws Exception {
        int elements = 100_000;
        String element =
                "\"vmsd_name\": \"e\", \"version\": 1, \"fields\": [{\"name\": \"u\", \"type\": \"uint8\", \"size\": 1}], ";
        int size = 2 * elements + 1;
        DeviceDescription device =
                device(
                        "{\"name\": \"s\", \"array_len\": 2, \"type\": \"struct\", \"struct\": {\"fields\": [{\"name\": \"q\", \"type\": \"qtailq\", "
                                + element.repeat(elements)
                                + "\"size\": "
                                + size
                                + "}]}, \"size\": "
                                + size
                                + "}");
        byte[] body = new byte[2 * size];
        Arrays.fill(body, (byte) 1);
        body[size - 1] = 0;
        body[2 * size - 1] = 0;

        DecodedSection section = decode(body, device);

        assertThat(section.findings()).isEmpty();
        assertThat(section.decodedEnd()).isEqualTo(body.length);
    }

    @Test
    void findingsBeyondTheFirstAreCountedNotKept() throws Exception {
        int subsections = 5000;
        String described =
                "{\"vmsd_name\": \"d/s\", \"version\": 1, \"fields\": []}, ".repeat(subsections);
        DeviceDescription device =
                VmDescription.parse(
                                ("{\"page_size\": 4096, \"devices\": [{\"name\": \"dev\", \"instance_id\": 0,"
                                                + " \"vmsd_name\": \"d\", \"version\": 1, \"fields\": [], \"subsections\": ["
                                                + described.substring(0, described.length() - 2)
                                                + "]}]}")
                                        .getBytes(UTF_8),
                                0,
                                ReadLimits.DEFAULT)
                        .devices()
                        .getFirst();
        byte[] sent = {5, 3, 'd', '/', 's', 0, 0, 0, 2};
        byte[] body = new byte[subsections * sent.length];
        for (int i = 0; i < subsections; i++) {
            System.arraycopy(sent, 0, body, i * sent.length, sent.length);
        }

        DecodedSection section = decode(body, device);

        assertThat(section.findings()).hasSize(Findings.MAX_KEPT + 1);
        assertThat(section.findings().getFirst())
                .isEqualTo(new Finding("dev/s", "version 2 where the description says 1", 5));
        assertThat(section.findings().getLast())
                .isEqualTo(
                        new Finding(
                                "dev",
                                subsections - Findings.MAX_KEPT + " more findings",
                                Findings.MAX_KEPT * 9L + 5));
    }

    private static DeviceDescription device(String field) throws VMStateException {
        String text =
                "{\"page_size\": 4096, \"devices\": [{\"name\": \"dev\", \"instance_id\": 0, \"fields\": ["
                        + field
                        + "]}]}";
        return VmDescription.parse(text.getBytes(UTF_8), 0, ReadLimits.DEFAULT)
                .devices()
                .getFirst();
    }

    private static DecodedSection decode(byte[] body, DeviceDescription device) {
        return new SectionDecoder(ReadLimits.DEFAULT)
                .decode(MemorySegment.ofArray(body), 0, device);
    }

    private static void walk(StateNode node) {
        assertThat(node.bytes().byteSize()).isEqualTo(node.length());
        node.children().forEach(HostileBodyTest::walk);
    }
}
