// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmstate.inspect.Device;
import org.vmstate.testing.Corpus;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// Bodies and descriptions that nobody wrote.
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

    /// Replaces a number or a type of the description by another.
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
                    "array_len": 16000000, "type": "struct", "struct": {}, "size": 0        | elements of no bytes
                    "type": "buffer", "size": 9223372036854775807                           | the body ends
                    "type": "qtailq", "size": 9                                             | an element that the description
                    "type": "gtree", "size": 9                                              | a tree of 16843009 elements
                    "type": "uint32", "size": 3                                             | uint32 of 3 bytes
                    """)
    void whatADescriptionClaimsCostsNothing(String field, String detail) throws Exception {
        String text =
                """
                {"page_size": 4096, "devices": [{"name": "dev", "instance_id": 0, "fields": [{"name": "f", %s}]}]}"""
                        .formatted(field);
        DeviceDescription device =
                VmDescription.parse(text.getBytes(UTF_8), 0, ReadLimits.DEFAULT)
                        .devices()
                        .getFirst();
        byte[] body = new byte[64];
        Arrays.fill(body, (byte) 1);

        DecodedSection section = decode(body, device);

        assertThat(section.findings())
                .singleElement()
                .satisfies(problem -> assertThat(problem.detail()).contains(detail));
        assertThat(SectionDecoderTest.encode(section)).isEqualTo(body);
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
