// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.VMStateDescription;
import org.vmstate.queue.ListQueue;
import org.vmstate.queue.TailQueue;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Truncates and changes the bytes of all vectors at all offsets: the result is success or a
/// declared exception, and all queues are consistent afterwards.
final class HostileVectorsTest {
    private static final ReadLimits SMALL =
            ReadLimits.builder()
                    .maxNesting(16)
                    .maxElements(1 << 12)
                    .maxBufferBytes(1 << 16)
                    .build();

    static Stream<Vectors.Case> vectors() {
        return Vectors.cases("index.json").stream();
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void cutAnywhere(Vectors.Case vector) throws IOException {
        byte[] bytes = Vectors.bytes(vector.name() + ".bin");
        for (int length = 0; length <= bytes.length; length++) {
            load(vector, Arrays.copyOf(bytes, length));
        }
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void changedAnywhere(Vectors.Case vector) throws IOException {
        byte[] bytes = Arrays.copyOf(Vectors.bytes(vector.name() + ".bin"), 0x110);
        for (int i = 0; i < Vectors.bytes(vector.name() + ".bin").length && i < 0x110; i++) {
            byte kept = bytes[i];
            for (int other : new int[] {kept ^ 0xff, kept ^ 1, kept ^ 0x80, 5, 0x7f}) {
                bytes[i] = (byte) other;
                load(vector, bytes);
            }
            bytes[i] = kept;
        }
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void walkedOverWithoutAState(Vectors.Case vector) throws IOException {
        States states = new States(vector.descriptions(), true);
        VMStateDescription<Node> description =
                new Declarations<>(vector.descriptions(), states).get(vector.description());
        byte[] bytes = Vectors.bytes(vector.name() + ".bin");
        RoundTrip roundTrip = new RoundTrip(vector.descriptions());
        boolean refused = roundTrip.refusal(vector.description(), Map.of()) != null;
        try {
            WireReader reader = WireReader.of(Arrays.copyOf(bytes, bytes.length + 0x110));
            long walked = description.verify(reader, description.versionId());
            if (!roundTrip.isMisread(vector.description())) {
                assertThat(walked).isEqualTo(bytes.length);
            }
            assertThat(refused).isFalse();
        } catch (UnsupportedException e) {
            assertThat(e).hasMessageContaining("only a state can tell");
        } catch (VMStateException e) {
            assertThat(refused).as(e.toString()).isTrue();
        }
    }

    /// Loads from memory and from a pipe, into states of the vector's structure.
    private static void load(Vectors.Case vector, byte[] bytes) throws IOException {
        loadFrom(vector, WireReader.of(bytes, 0, SMALL));
        loadFrom(
                vector, WireReader.of(Channels.newChannel(new ByteArrayInputStream(bytes)), SMALL));
    }

    private static void loadFrom(Vectors.Case vector, WireReader reader) throws IOException {
        States states = new States(vector.descriptions(), true);
        VMStateDescription<Node> description =
                new Declarations<>(vector.descriptions(), states).get(vector.description());
        Map<String, Object> emptied =
                Emptied.state(
                        vector.descriptions(),
                        vector.descriptions().get(vector.description()),
                        vector.map("state"));
        Node node = states.state(vector.description(), emptied);
        try {
            description.load(reader, node, description.versionId());
        } catch (VMStateException e) {
            assertThat(e.path()).startsWith(description.name());
            assertThat(e.offset()).isBetween(0L, 0x1000L);
        }
        checkQueues(vector.descriptions(), vector.description(), node);
        try {
            description.save(WireWriter.toMemory(), node);
        } catch (VMStateException e) {
            assertThat(e.path()).startsWith(description.name());
        }
    }

    private static void checkQueues(Map<String, Description> all, String id, Node node) {
        for (Description.Field field : all.get(id).fields()) {
            switch (node.get(field.member())) {
                case TailQueue<?> queue -> {
                    List<?> backwards = copy(queue.reversed());
                    assertThat(backwards.reversed()).isEqualTo(copy(queue));
                    assertThat(backwards).hasSize(queue.size());
                    for (Object element : queue) {
                        checkQueues(all, field.text("description"), (Node) element);
                    }
                }
                case ListQueue<?> list -> assertThat(copy(list)).hasSize(list.size());
                case Node inner -> checkQueues(all, field.text("description"), inner);
                case null, default -> {}
            }
        }
    }

    private static List<Object> copy(Iterable<?> elements) {
        List<Object> copy = new ArrayList<>();
        elements.forEach(copy::add);
        return copy;
    }
}
