// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.*;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// States saved at an older version.
final class OlderVersionTest {
    private static final int NEWEST = 4;
    private static final int OLDEST = 1;

    /// A nested structure with a field since its version 2.
    @SuppressWarnings("UnusedVariable") // read by the descriptions
    static final class Part {
        int a = 0x11;
        int b = 0x2222;

        static final VMStateDescription<Part> VMSTATE =
                VMStateDescription.builder("part", Part.class, MethodHandles.lookup())
                        .versionId(2)
                        .minimumVersionId(1)
                        .fields(uint8("a"), uint16("b").sinceVersion(2))
                        .build();
    }

    @SuppressWarnings("UnusedVariable") // read by the descriptions
    static final class Device {
        int first = 1;
        int second = 2;
        int fourth = 4;
        int tested = 5;
        final Part part = new Part();
        final List<Part> queue = new ArrayList<>();
        byte[] bytes = {6, 7, 8};

        static Device filled() {
            Device device = new Device();
            device.queue.add(new Part());
            return device;
        }
    }

    record Pair(int first, long second) {}

    private static final StructLayout MEMORY =
            MemoryLayout.structLayout(
                    ValueLayout.JAVA_LONG.withName("second"),
                    ValueLayout.JAVA_INT.withName("first"),
                    MemoryLayout.sequenceLayout(3, ValueLayout.JAVA_BYTE).withName("bytes"),
                    ValueLayout.JAVA_BYTE.withName("fourth"));

    private static MemorySegment memory() {
        MemorySegment memory = Arena.ofAuto().allocate(MEMORY);
        for (int i = 0; i < MEMORY.byteSize(); i++) {
            memory.set(ValueLayout.JAVA_BYTE, i, (byte) (i + 1));
        }
        return memory;
    }

    /// A kind of state and its fields.
    record Kind<T>(
            String name,
            Supplier<VMStateDescriptionBuilder<T>> builder,
            Supplier<T> state,
            Supplier<T> empty,
            List<? extends VMStateField<? super T>> fields) {
        /// The description at a version, with the fields of that version.
        VMStateDescription<T> at(int version) {
            VMStateDescriptionBuilder<T> some = builder.get();
            for (VMStateField<? super T> field : fields) {
                if (field.versionId() <= version) {
                    some.fields(field);
                }
            }
            return some.versionId(version).minimumVersionId(OLDEST).build();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static final Kind<Device> OBJECTS =
            new Kind<>(
                    "objects",
                    () ->
                            VMStateDescription.builder(
                                            "device", Device.class, MethodHandles.lookup())
                                    .preSave(d -> d.first = 3),
                    Device::filled,
                    Device::new,
                    List.of(
                            uint32("first"),
                            uint16("second").sinceVersion(2),
                            vstruct("part", Part.VMSTATE, 1).asQemuDoes("a test"),
                            qtailq("queue", 2, Part.VMSTATE, Part::new),
                            uint8("tested").existsIf((Device d, int v) -> v != 3),
                            vbuffer("bytes").length((Device d) -> 3).sinceVersion(3),
                            uint64("fourth")
                                    .number((Device d) -> d.fourth, (d, v) -> {})
                                    .sinceVersion(4)));

    private static final Kind<Pair> RECORDS =
            new Kind<>(
                    "records",
                    () ->
                            VMStateDescription.builder("pair", Pair.class, MethodHandles.lookup())
                                    .notSent("second"),
                    () -> new Pair(1, 2),
                    () -> new Pair(0, 0),
                    List.of(uint32("first"), uint64("second").sinceVersion(2)));

    private static final Kind<MemorySegment> SEGMENTS =
            new Kind<>(
                    "native memory",
                    () -> VMStateDescription.builder("memory", MEMORY),
                    OlderVersionTest::memory,
                    () -> Arena.ofAuto().allocate(MEMORY),
                    List.of(
                            uint32("first"),
                            uint64("second").sinceVersion(2),
                            buffer("bytes", 3).sinceVersion(3),
                            uint8("fourth").sinceVersion(4)));

    static Stream<Arguments> versions() {
        return Stream.of(OBJECTS, RECORDS, SEGMENTS)
                .flatMap(
                        kind ->
                                IntStream.rangeClosed(OLDEST, NEWEST)
                                        .mapToObj(version -> Arguments.of(kind, version)));
    }

    @ParameterizedTest
    @MethodSource("versions")
    <T> void isWhatADescriptionOfThatVersionSaves(Kind<T> kind, int version) throws IOException {
        WireWriter expected = WireWriter.toMemory();
        WireWriter actual = WireWriter.toMemory();
        kind.at(version).save(expected, kind.state.get());
        kind.at(NEWEST).save(actual, kind.state.get(), version);
        assertThat(actual.toByteArray()).isEqualTo(expected.toByteArray());
    }

    @ParameterizedTest
    @MethodSource("versions")
    <T> void isDescribedAsADescriptionOfThatVersionDoes(Kind<T> kind, int version)
            throws IOException {
        VmDescWriter expected = new VmDescWriter().startObject();
        VmDescWriter actual = new VmDescWriter().startObject();
        kind.at(version).save(WireWriter.toMemory(), kind.state.get(), expected);
        kind.at(NEWEST).save(WireWriter.toMemory(), kind.state.get(), version, actual);
        assertThat(actual.endObject().toString())
                .isEqualTo(expected.endObject().toString())
                .contains("\"version\": " + version);
    }

    @ParameterizedTest
    @MethodSource("versions")
    <T> void isLoadedByBothDescriptions(Kind<T> kind, int version) throws IOException {
        WireWriter writer = WireWriter.toMemory();
        kind.at(NEWEST).save(writer, kind.state.get(), version);
        byte[] bytes = writer.toByteArray();
        for (int by : new int[] {version, NEWEST}) {
            WireReader reader = WireReader.of(bytes);
            T loaded = kind.at(by).load(reader, kind.empty, version);
            assertThat(reader.atEnd()).isTrue();
            WireWriter again = WireWriter.toMemory();
            kind.at(by).save(again, loaded, version);
            assertThat(again.toByteArray()).isEqualTo(bytes);
        }
    }

    @Test
    void otherVersionsAreRefusedByTheirRange() {
        VMStateDescription<Device> description = OBJECTS.at(NEWEST);
        for (int version : new int[] {0, 5}) {
            assertThatThrownBy(() -> description.save(WireWriter.toMemory(), new Device(), version))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("device: version " + version + " cannot be saved, only 1..4");
        }
    }

    private static VMStateDescription<Part> guarded() {
        return VMStateDescription.builder("part", Part.class, MethodHandles.lookup())
                .versionId(2)
                .minimumVersionId(1)
                .fields(uint8("a"), uint16("b").sinceVersion(2))
                .savableAt((part, version) -> version >= 2 || part.b == 0)
                .build();
    }

    @Test
    void stateThatTheOlderVersionCannotRepresentIsRefused() throws IOException {
        VMStateDescription<Part> description = guarded();
        Part part = new Part();
        WireWriter out = WireWriter.toMemory();
        assertThatThrownBy(() -> description.save(out, part, 1))
                .isInstanceOf(RefusedException.class)
                .hasMessage("part: version 1 cannot represent the state");
        assertThat(out.position()).isZero();
        description.save(out, part, 2);
        description.save(out, part);
        part.b = 0;
        description.save(out, part, 1);
        assertThat(out.position()).isEqualTo(3 + 3 + 1);
    }

    @Test
    void testOfOlderVersionsThatThrowsIsARefusal() {
        VMStateDescription<Part> description =
                VMStateDescription.builder("part", Part.class, MethodHandles.lookup())
                        .versionId(2)
                        .minimumVersionId(1)
                        .fields(uint8("a"))
                        .notSent("b")
                        .savableAt(
                                (_, _) -> {
                                    throw new IllegalStateException("no");
                                })
                        .build();
        assertThatThrownBy(() -> description.save(WireWriter.toMemory(), new Part(), 1))
                .isInstanceOf(RefusedException.class)
                .hasMessageStartingWith("part: java.lang.IllegalStateException: no");
    }
}
