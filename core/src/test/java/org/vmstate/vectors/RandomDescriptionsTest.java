// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.VMStateDescription;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VersionTooNewException;
import org.vmstate.wire.VersionTooOldException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Properties of all descriptions and all of their states.
final class RandomDescriptionsTest {
    static IntStream seeds() {
        return IntStream.range(0, 300);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsSavedIsLoadedEqual(int seed) throws IOException {
        RandomDescription random = new RandomDescription(new SplittableRandom(seed));
        String id = random.make(2);
        Map<String, Object> json = random.state(id);
        for (boolean intrusive : new boolean[] {true, false}) {
            States states = new States(random.made(), intrusive);
            VMStateDescription<Node> description =
                    new Declarations<>(random.made(), states).get(id);
            byte[] bytes = save(description, states.state(id, json));

            Node loaded =
                    states.state(id, Emptied.state(random.made(), random.made().get(id), json));
            WireReader reader = followed(bytes);
            description.load(reader, loaded, description.versionId());

            assertThat(reader.position()).isEqualTo(bytes.length);
            assertThat(states.json(id, loaded)).isEqualTo(json);
            assertThat(save(description, loaded)).isEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void descriptionsAreTextThatReadsBackTheSame(int seed) throws IOException {
        RandomDescription random = new RandomDescription(new SplittableRandom(seed));
        String id = random.make(2);
        States states = new States(random.made(), true);
        VMStateDescription<Node> description = new Declarations<>(random.made(), states).get(id);
        Map<String, Object> json = random.state(id);
        VmDescWriter vmdesc = describe(description, states.state(id, json));
        for (int i = 0; i < 2; i++) { // text is copied from the second time on
            assertThat(describe(description, states.state(id, json)).toString())
                    .isEqualTo(vmdesc.toString());
        }
        VmDescription parsed = VmDescription.parse(vmdesc.toByteArray(), 0, ReadLimits.DEFAULT);
        assertThat(parsed.text()).isEqualTo(vmdesc.toByteArray());
    }

    private static VmDescWriter describe(VMStateDescription<Node> description, Node state)
            throws IOException {
        VmDescWriter vmdesc = new VmDescWriter().startObject().number("page_size", 4096);
        vmdesc.startArray("devices").startObject();
        vmdesc.string("name", "x").number("instance_id", 0);
        description.save(WireWriter.toMemory(), state, vmdesc);
        return vmdesc.endObject().endArray().endObject();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void olderBytesAreLoadedAndLeaveNewerFieldsAlone(int version) throws IOException {
        for (int seed = 0; seed < 100; seed++) {
            RandomDescription random = new RandomDescription(new SplittableRandom(seed));
            String id = random.make(0);
            Map<String, Object> json = random.state(id);
            Map<String, Description> older = older(random.made(), id, version);
            States oldStates = new States(older, true);
            VMStateDescription<Node> old = new Declarations<>(older, oldStates).get(id);
            States states = new States(random.made(), true);
            VMStateDescription<Node> now = new Declarations<>(random.made(), states).get(id);
            byte[] bytes = save(old, oldStates.state(id, json));

            Description description = random.made().get(id);
            Map<String, Object> before = Emptied.state(random.made(), description, json);
            Map<String, Object> others = random.state(id);
            for (Description.Field field : description.fields()) {
                if (field.kind().equals("scalar") && field.has("since")) {
                    before.put(field.member(), others.get(field.member()));
                }
            }
            Node loaded = states.state(id, before);
            WireReader reader = followed(bytes);
            now.load(reader, loaded, version);

            assertThat(reader.position()).isEqualTo(bytes.length);
            Map<String, Object> after = states.json(id, loaded);
            assertThat(save(old, oldStates.state(id, after))).isEqualTo(bytes);
            for (Description.Field field : description.fields()) {
                boolean newer =
                        field.test() == null
                                && field.has("since")
                                && field.number("since") > version;
                if (newer && field.kind().equals("scalar")) {
                    assertThat(after.get(field.member())).isEqualTo(before.get(field.member()));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void versionsOutsideTheRangeAreRefused(int seed) {
        RandomDescription random = new RandomDescription(new SplittableRandom(seed));
        String id = random.make(1);
        States states = new States(random.made(), true);
        VMStateDescription<Node> description = new Declarations<>(random.made(), states).get(id);
        Node node = states.state(id, Map.of());
        assertThatThrownBy(() -> description.load(followed(new byte[0]), node, 4))
                .isInstanceOf(VersionTooNewException.class)
                .hasMessage(
                        description.name() + ": version_id 4 too new, supported 1..3 (offset 0x0)");
        assertThatThrownBy(() -> description.load(followed(new byte[0]), node, 0))
                .isInstanceOf(VersionTooOldException.class)
                .hasMessage(
                        description.name() + ": version_id 0 too old, supported 1..3 (offset 0x0)");
    }

    /// The descriptions as of a version: without later fields.
    private static Map<String, Description> older(
            Map<String, Description> now, String id, int version) {
        Map<String, Description> older = new HashMap<>(now);
        Map<String, Object> json = new LinkedHashMap<>(now.get(id).json());
        List<Object> fields = new ArrayList<>();
        for (Description.Field field : now.get(id).fields()) {
            if (field.test() != null || !field.has("since") || field.number("since") <= version) {
                fields.add(field.json());
            }
        }
        json.put("fields", fields);
        json.put("version", (long) version);
        older.put(id, new Description(json));
        return older;
    }

    private static byte[] save(VMStateDescription<Node> description, Node node) throws IOException {
        WireWriter writer = WireWriter.toMemory();
        description.save(writer, node);
        return writer.toByteArray();
    }

    /// A reader of a body followed by the bytes that follow one in a stream.
    private static WireReader followed(byte[] body) {
        byte[] bytes = Arrays.copyOf(body, body.length + 0x110);
        bytes[body.length] = 0x7e;
        return WireReader.of(bytes);
    }
}
