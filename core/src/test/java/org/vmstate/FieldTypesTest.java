// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static java.lang.foreign.MemoryLayout.structLayout;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.*;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Java types that are composed of QEMU's kinds of fields: their bytes, in each kind of state.
final class FieldTypesTest {
    enum Parity {
        NONE(0),
        ODD(7),
        EVEN(9);

        final int number;

        Parity(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    @SuppressWarnings("UnusedVariable") // read by the description
    static final class Device {
        char letter = '\uABCD';
        float ratio = 1.5f;
        double exact = 0.5;
        Integer boxed = 0x01020304;
        Long boxedWide = 5L;
        Character boxedLetter = 'B';
        Boolean boxedTruth = true;
        Parity parity = Parity.EVEN;
        String name = "\u00e9x";
        Optional<Integer> some = Optional.of(9);
        Optional<String> none = Optional.empty();
        Optional<Inner> inner = Optional.of(new Inner(3));
        ByteBuffer bytes = ByteBuffer.wrap(new byte[] {9, 1, 2, 9}).position(2);
        MemorySegment memory = MemorySegment.ofArray(new byte[] {4, 5});
        char[] letters = {'a', 'b'};
        float[] ratios = {2, -1};

        static Device blank() {
            Device device = new Device();
            device.letter = 0;
            device.ratio = 0;
            device.exact = 0;
            device.boxed = null;
            device.boxedWide = null;
            device.boxedLetter = null;
            device.boxedTruth = null;
            device.parity = Parity.NONE;
            device.name = null;
            device.some = Optional.empty();
            device.none = Optional.of("gone");
            device.inner = Optional.empty();
            device.bytes = ByteBuffer.wrap(new byte[] {7, 0, 0, 7});
            device.memory = MemorySegment.ofArray(new byte[2]);
            device.letters = new char[2];
            device.ratios = new float[2];
            return device;
        }
    }

    record Inner(int x) {
        static final VMStateDescription<Inner> VMSTATE =
                VMStateDescription.builder("inner", Inner.class, MethodHandles.lookup())
                        .fields(uint32("x"))
                        .build();
    }

    @SuppressWarnings("ArrayRecordComponent") // not compared
    record Values(
            char letter,
            float ratio,
            double exact,
            Integer boxed,
            Long boxedWide,
            Character boxedLetter,
            Boolean boxedTruth,
            Parity parity,
            String name,
            Optional<Integer> some,
            Optional<String> none,
            Optional<Inner> inner,
            ByteBuffer bytes,
            MemorySegment memory,
            char[] letters,
            float[] ratios) {}

    private static final String WIRE =
            "abcd"
                    + "3fc00000"
                    + "3fe0000000000000"
                    + "01020304"
                    + "0000000000000005"
                    + "0042"
                    + "01"
                    + "09"
                    + "00000003c3a978"
                    + "0100000009"
                    + "00"
                    + "0100000003"
                    + "0901"
                    + "0405"
                    + "00610062"
                    + "40000000bf800000";

    private static VMStateField<Object> bytes(boolean allocate) {
        return allocate ? buffer("bytes", 2).allocate() : buffer("bytes", 2);
    }

    private static List<VMStateField<Object>> fields(boolean allocate) {
        VMStateField<Object> memory = buffer("memory", 2);
        VMStateField<Object> letters = uint16("letters").array(2);
        VMStateField<Object> ratios = uint32("ratios").array(2);
        return List.of(
                uint16("letter"),
                uint32("ratio"),
                uint64("exact"),
                uint32("boxed"),
                int64("boxed_wide"),
                uint16("boxed_letter"),
                bool("boxed_truth"),
                uint8("parity").constants(Parity.class, Parity::number),
                string("name", 16),
                optional("some", Integer.class, uint32("value")),
                optional("none", String.class, string("value", 8)),
                optional("inner", Inner.class, struct("value", Inner.VMSTATE)),
                bytes(allocate),
                allocate ? memory.allocate() : memory,
                allocate ? letters.allocate() : letters,
                allocate ? ratios.allocate() : ratios);
    }

    private static final VMStateDescription<Device> DEVICE = device();

    @SuppressWarnings("unchecked")
    private static VMStateDescription<Device> device() {
        return VMStateDescription.builder("device", Device.class, MethodHandles.lookup())
                .fields(fields(false).toArray(VMStateField[]::new))
                .build();
    }

    @SuppressWarnings("unchecked")
    private static final VMStateDescription<Values> VALUES =
            VMStateDescription.builder("device", Values.class, MethodHandles.lookup())
                    .fields(fields(true).toArray(VMStateField[]::new))
                    .build();

    @Test
    void everyTypeOfAnObjectHasTheBytesOfQemusKinds() throws IOException {
        assertThat(hex(DEVICE, new Device())).isEqualTo(WIRE);
        Device loaded = DEVICE.load(reader(WIRE), Device::blank, 1);
        assertThat(loaded.letter).isEqualTo('\uABCD');
        assertThat(loaded.ratio).isEqualTo(1.5f);
        assertThat(loaded.boxedLetter).isEqualTo('B');
        assertThat(loaded.parity).isEqualTo(Parity.EVEN);
        assertThat(loaded.name).isEqualTo("\u00e9x");
        assertThat(loaded.some).contains(9);
        assertThat(loaded.none).isEmpty();
        assertThat(loaded.inner).contains(new Inner(3));
        assertThat(loaded.bytes.array()).containsExactly(9, 1, 0, 7);
        assertThat(hex(DEVICE, loaded)).isEqualTo(WIRE);
    }

    @Test
    void everyTypeOfARecordHasTheSameBytes() throws IOException {
        Values loaded = VALUES.load(reader(WIRE), () -> null, 1);
        assertThat(loaded.name()).isEqualTo("\u00e9x");
        assertThat(loaded.some()).contains(9);
        assertThat(loaded.parity()).isEqualTo(Parity.EVEN);
        assertThat(loaded.letters()).containsExactly('a', 'b');
        assertThat(hex(VALUES, loaded)).isEqualTo(WIRE);
    }

    @Test
    void typesReachedByFunctionsHaveTheSameBytes() throws IOException {
        VMStateDescription<Device> description =
                VMStateDescription.builder("device", Device.class, MethodHandles.lookup())
                        .fields(
                                uint8("p")
                                        .constants(Parity.class, Parity::number)
                                        .object((Device d) -> d.parity, (d, v) -> d.parity = v),
                                string("n", 16).object((Device d) -> d.name, (d, v) -> d.name = v),
                                optional("o", Integer.class, uint32("value"))
                                        .object((Device d) -> d.some, (d, v) -> d.some = v),
                                buffer("b", 2).object((Device d) -> d.bytes, (d, v) -> d.bytes = v))
                        .build();
        String bytes = "09" + "00000003c3a978" + "0100000009" + "0901";
        assertThat(hex(description, new Device())).isEqualTo(bytes);
        assertThat(hex(description, description.load(reader(bytes), Device::blank, 1)))
                .isEqualTo(bytes);
    }

    @Test
    void charsAndFloatsInNativeMemoryHaveTheSameBytes() throws IOException {
        var layout =
                structLayout(
                        ValueLayout.JAVA_FLOAT.withName("ratio"),
                        ValueLayout.JAVA_CHAR.withName("letter"));
        VMStateDescription<MemorySegment> description =
                VMStateDescription.builder("device", layout)
                        .fields(uint16("letter"), uint32("ratio"))
                        .build();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(layout);
            description.load(reader("abcd3fc00000"), state, 1);
            assertThat(state.get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(1.5f);
            assertThat(state.get(ValueLayout.JAVA_CHAR, 4)).isEqualTo('\uABCD');
            assertThat(hex(description, state)).isEqualTo("abcd3fc00000");
        }
    }

    @Test
    void typesThatNativeMemoryCannotHoldAreRefused() {
        var layout = structLayout(ValueLayout.JAVA_LONG.withName("x"));
        for (VMStateField<Object> field :
                List.of(
                        string("x", 4),
                        optional("x", Integer.class, uint32("value")),
                        uint8("x").constants(Parity.class, Parity::number))) {
            assertThatThrownBy(
                            () ->
                                    VMStateDescription.builder("device", layout)
                                            .fields(field)
                                            .build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("native memory has no");
        }
    }

    /// A change to an empty device, and the message of saving it.
    record Wrong(String because, java.util.function.Consumer<Device> change) {
        @Override
        public String toString() {
            return because;
        }
    }

    static List<Wrong> wrongs() {
        return List.of(
                new Wrong("device > boxed: null where a number must be", d -> d.boxed = null),
                new Wrong("device > name: null where a String must be", d -> d.name = null),
                new Wrong("device > parity: null where a Parity must be", d -> d.parity = null),
                new Wrong("device > name: a string of 17 bytes", d -> d.name = "x".repeat(17)),
                new Wrong(
                        "device > name: a string with an unpaired surrogate",
                        d -> d.name = "\uD800"),
                new Wrong(
                        "device > none > value: a string of 9",
                        d -> d.none = Optional.of("123456789")));
    }

    @ParameterizedTest
    @MethodSource("wrongs")
    void valuesThatCannotBeSentAreRefused(Wrong wrong) {
        Device device = new Device();
        wrong.change().accept(device);
        assertThatThrownBy(() -> hex(DEVICE, device))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining(wrong.because());
    }

    static List<List<String>> wrongBytes() {
        return List.of(
                List.of("09" + "00000003c3a978", "08" + "00000003c3a978", "no constant for 8"),
                List.of(
                        "00000003c3a978",
                        "00000011c3a978",
                        "name > length: a string of 17 bytes, at most 16"),
                List.of(
                        "00000003c3a978",
                        "ffffffffc3a978",
                        "name > length: a string of 4294967295 bytes"),
                List.of("00000003c3a978", "00000003c32978", "a string that is not UTF-8"));
    }

    @ParameterizedTest
    @MethodSource("wrongBytes")
    void bytesThatAreNoValueAreRefusedWithTheirPlace(List<String> wrong) {
        String bytes = WIRE.replace(wrong.get(0), wrong.get(1));
        assertThatThrownBy(() -> DEVICE.load(reader(bytes), Device::blank, 1))
                .isInstanceOf(RefusedException.class)
                .hasMessageStartingWith("device > ")
                .hasMessageContaining(wrong.get(2))
                .hasMessageContaining("(offset 0x");
    }

    @Test
    void aStringIsDescribedAsAStructure() throws IOException {
        VmDescWriter vmdesc = new VmDescWriter().startObject();
        DEVICE.save(WireWriter.toMemory(), new Device(), vmdesc);
        assertThat(vmdesc.endObject().toString())
                .contains(
                        "{\"name\": \"name\", \"type\": \"struct\", \"struct\": {\"vmsd_name\":"
                                + " \"string\", \"version\": 1, \"fields\": [{\"name\": \"length\","
                                + " \"type\": \"uint32\", \"size\": 4}, {\"name\": \"utf8\","
                                + " \"type\": \"buffer\", \"size\": 3}]}, \"size\": 7}");
    }

    @Test
    void anAccessorThatHandsOutCopiesGetsWhatWasLoaded() throws IOException {
        VMStateDescription<Device> description =
                VMStateDescription.builder("device", Device.class, MethodHandles.lookup())
                        .fields(
                                buffer("name", 3)
                                        .object(
                                                (Device d) -> d.name.getBytes(UTF_8),
                                                (d, v) -> d.name = new String(v, UTF_8)))
                        .build();
        Device device = new Device();
        device.name = "abc";
        description.load(reader("787978"), device, 1);
        assertThat(device.name).isEqualTo("xyx");
    }

    static final class Copies {
        List<Inner> inners = List.of(new Inner(1), new Inner(2));
        Grown grown = new Grown();

        Grown copy() {
            Grown copy = new Grown();
            copy.x = grown.x;
            return copy;
        }
    }

    @Test
    void anAccessorThatHandsOutCopiesOfObjectsGetsThemFilled() throws IOException {
        VMStateDescription<Grown> grown =
                VMStateDescription.builder("grown", Grown.class, MethodHandles.lookup())
                        .fields(uint8("x"))
                        .build();
        VMStateDescription<Copies> description =
                VMStateDescription.builder("copies", Copies.class, MethodHandles.lookup())
                        .fields(
                                struct("grown", grown)
                                        .object((Copies c) -> c.copy(), (c, v) -> c.grown = v),
                                qtailq("inners", 1, Inner.VMSTATE)
                                        .object(
                                                (Copies c) -> new ArrayList<>(c.inners),
                                                (c, v) -> c.inners = v))
                        .build();
        Copies copies = new Copies();
        copies.inners = List.of();
        description.load(reader("07" + "01" + "00000005" + "00"), copies, 1);
        assertThat(copies.grown.x).isEqualTo(7);
        assertThat(copies.inners).containsExactly(new Inner(5));
    }

    static final class Grown {
        int x;
        int y;

        static final VMStateDescription<Grown> VMSTATE =
                VMStateDescription.builder("grown", Grown.class, MethodHandles.lookup())
                        .versionId(2)
                        .minimumVersionId(1)
                        .fields(uint8("x"), uint8("y").sinceVersion(2))
                        .build();
    }

    static final class Parent {
        Grown grown = new Grown();
        @Nullable Grown[] many = {new Grown(), new Grown()};
        int last;

        static final VMStateDescription<Parent> VMSTATE =
                VMStateDescription.builder("parent", Parent.class, MethodHandles.lookup())
                        .versionId(3)
                        .minimumVersionId(1)
                        .fields(
                                vstruct("grown", Grown.VMSTATE, 1).elementVersion(3, 2),
                                vstruct("many", Grown.VMSTATE, 1).elementVersion(2, 2).array(2),
                                uint8("last"))
                        .build();
    }

    @Test
    void aNestedStructureGrowsWithItsParent() throws IOException {
        List<String> versions =
                List.of(
                        "01" + "02" + "03" + "04",
                        "01" + "0203" + "0405" + "06",
                        "0102" + "0304" + "0506" + "07");
        for (int version = 1; version <= 3; version++) {
            String bytes = versions.get(version - 1);
            Parent parent = Parent.VMSTATE.load(reader(bytes), Parent::new, version);
            assertThat(parent.last).isEqualTo(bytes.length() / 2);
            WireWriter out = WireWriter.toMemory();
            Parent.VMSTATE.save(out, parent, version);
            assertThat(HexFormat.of().formatHex(out.toByteArray())).isEqualTo(bytes);
            assertThat(Parent.VMSTATE.verify(reader(bytes), version)).isEqualTo(bytes.length() / 2);
        }
    }

    private static WireReader reader(String hex) {
        return WireReader.of(HexFormat.of().parseHex(hex));
    }

    private static <T> String hex(VMStateDescription<T> description, T state) throws IOException {
        WireWriter out = WireWriter.toMemory();
        description.save(out, state);
        return HexFormat.of().formatHex(out.toByteArray());
    }
}
