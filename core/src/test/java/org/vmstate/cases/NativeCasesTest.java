// SPDX-License-Identifier: Apache-2.0
package org.vmstate.cases;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.vmstate.VMStateFields.bool;
import static org.vmstate.VMStateFields.buffer;
import static org.vmstate.VMStateFields.int64;
import static org.vmstate.VMStateFields.int8;
import static org.vmstate.VMStateFields.qtailq;
import static org.vmstate.VMStateFields.struct;
import static org.vmstate.VMStateFields.uint16;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint64;
import static org.vmstate.VMStateFields.uint8;
import static org.vmstate.cases.Values.v32;
import static org.vmstate.cases.Values.v64;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDescriptionBuilder;
import org.vmstate.queue.RawTailQueue;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// States in native memory, with the bytes that QEMU's own engine wrote.
class NativeCasesTest {
    private static final StructLayout POINTERS = structLayout(ADDRESS, ADDRESS);
    private static final StructLayout ENTRY =
            packed(
                    JAVA_INT.withName("summary"),
                    JAVA_INT.withName("extended_length"),
                    JAVA_LONG.withName("when"),
                    sequenceLayout(16, JAVA_BYTE).withName("log"),
                    POINTERS.withName("next"));
    private static final StructLayout ITEM =
            packed(JAVA_INT.withName("a"), JAVA_INT.withName("b"), JAVA_INT.withName("c"));
    private static final StructLayout NESTED =
            packed(
                    JAVA_INT.withName("ctrl"),
                    JAVA_INT.withName("count"),
                    JAVA_LONG.withName("base"),
                    JAVA_LONG.withName("limit"),
                    JAVA_BYTE.withName("mode"),
                    JAVA_BOOLEAN.withName("enabled"));
    private static final StructLayout STATE = state();

    @AutoClose private final Arena arena = Arena.ofConfined();
    private final MemorySegment state = arena.allocate(STATE);

    @ParameterizedTest
    @ValueSource(strings = {"scalars", "device", "queue", "regs", "ptrs"})
    void whatQemuSavedIsLoadedAndSavedAgain(String name) throws IOException {
        makeItems();

        load(name);

        assertThat(save(name)).isEqualTo(bin(name));
    }

    @Test
    void queueBuiltByTheFormulaIsSavedAsQemuDoes() throws IOException {
        for (int i = 0; i < 1000; i++) {
            MemorySegment entry = arena.allocate(ENTRY);
            set(entry, ENTRY, "summary", v32(1000 + i));
            set(entry, ENTRY, "extended_length", v32(3000 + i));
            entry.set(
                    JAVA_LONG.withByteAlignment(1),
                    ENTRY.byteOffset(groupElement("when")),
                    v64(5000 + i));
            for (int j = 0; j < 16; j++) {
                entry.set(JAVA_BYTE, ENTRY.byteOffset(groupElement("log")) + j, (byte) (i + j));
            }
            queue().insertTail(entry);
        }

        assertThat(save("queue")).isEqualTo(bin("queue"));
    }

    @Test
    void elementsOfQemusQueueHaveTheValuesOfTheFormula() throws IOException {
        load("queue");

        int i = 0;
        for (MemorySegment entry : queue()) {
            assertThat(get(entry, ENTRY, "summary")).isEqualTo(v32(1000 + i));
            assertThat(get(entry, ENTRY, "extended_length")).isEqualTo(v32(3000 + i));
            i++;
        }
        assertThat(i).isEqualTo(1000);
        assertThat(get(queue().last(), ENTRY, "summary")).isEqualTo(v32(1999));
    }

    @Test
    void registersBuiltByTheFormulaAreSavedAsQemuDoes() throws IOException {
        MemorySegment r64 = member("r64");
        MemorySegment r32 = member("r32");
        for (int i = 0; i < 512; i++) {
            r64.setAtIndex(JAVA_LONG.withByteAlignment(1), i, v64(i));
        }
        for (int i = 0; i < 1024; i++) {
            r32.setAtIndex(JAVA_INT.withByteAlignment(1), i, v32(9000 + i));
        }

        assertThat(save("regs")).isEqualTo(bin("regs"));
    }

    @Test
    void pointersBuiltByTheFormulaAreSavedAsQemuDoes() throws IOException {
        makeItems();
        for (int i = 0; i < 64; i++) {
            if (i % 4 != 3) {
                MemorySegment item = arena.allocate(ITEM);
                set(item, ITEM, "a", v32(i));
                set(item, ITEM, "b", v32(i + 1));
                set(item, ITEM, "c", v32(i + 2));
                member("items").set(ADDRESS.withByteAlignment(1), 8L * i, item);
            }
        }

        assertThat(save("ptrs")).isEqualTo(bin("ptrs"));
    }

    @Test
    void deviceLoadsTheValuesOfTheFormulaAndRunsItsHook() throws IOException {
        load("device");

        assertThat(member("regs").get(JAVA_INT.withByteAlignment(1), 4L * 31)).isEqualTo(v32(131));
        assertThat(member("buf").get(JAVA_BYTE, 255)).isEqualTo((byte) 255);
        MemorySegment nested = member("nested");
        assertThat(get(nested, NESTED, "ctrl")).isEqualTo(v32(200));
        assertThat(member("derived").get(JAVA_LONG.withByteAlignment(1), 0))
                .isEqualTo(v64(202) + Integer.toUnsignedLong(v32(201)));
    }

    private VMStateDescription<MemorySegment> description(String name) {
        return switch (name) {
            case "scalars" -> scalars(name).build();
            case "regs" ->
                    builder(name)
                            .fields(uint64("r64").array(512), uint32("r32").array(1024))
                            .build();
            case "queue" ->
                    builder(name)
                            .fields(
                                    qtailq("q", 1, entry(), () -> arena.allocate(ENTRY))
                                            .link("next"))
                            .build();
            case "ptrs" ->
                    builder(name)
                            .fields(
                                    struct(
                                                    "items",
                                                    VMStateDescription.builder("cbench/item", ITEM)
                                                            .fields(
                                                                    uint32("a"),
                                                                    uint32("b"),
                                                                    uint32("c"))
                                                            .build())
                                            .array(64)
                                            .pointers())
                            .build();
            default -> device();
        };
    }

    private static VMStateDescription<MemorySegment> entry() {
        return VMStateDescription.builder("cbench/entry", ENTRY)
                .fields(
                        uint32("summary"),
                        uint32("extended_length"),
                        uint64("when"),
                        buffer("log", 16))
                .build();
    }

    private static VMStateDescription<MemorySegment> device() {
        return scalars("device")
                .preSave(
                        s ->
                                set(
                                        s,
                                        STATE,
                                        "ext_a",
                                        get(s, STATE, "u32_1") ^ get(s, STATE, "u32_2")))
                .postLoad(
                        (s, _) -> {
                            MemorySegment nested = slice(s, "nested");
                            long base =
                                    nested.get(
                                            JAVA_LONG.withByteAlignment(1),
                                            NESTED.byteOffset(groupElement("base")));
                            slice(s, "derived")
                                    .set(
                                            JAVA_LONG.withByteAlignment(1),
                                            0,
                                            base
                                                    + Integer.toUnsignedLong(
                                                            get(nested, NESTED, "count")));
                        })
                .fields(
                        uint32("regs").array(32),
                        buffer("buf", 256),
                        struct(
                                "nested",
                                VMStateDescription.builder("cbench/nested", NESTED)
                                        .fields(
                                                uint32("ctrl"),
                                                uint32("count"),
                                                uint64("base"),
                                                uint64("limit"),
                                                uint8("mode"),
                                                bool("enabled"))
                                        .build()))
                .subsections(builder("device/ext").fields(uint32("ext_a"), uint64("ext_b")).build())
                .build();
    }

    private static VMStateDescriptionBuilder<MemorySegment> builder(String name) {
        return VMStateDescription.builder("cbench/" + name, STATE);
    }

    private static VMStateDescriptionBuilder<MemorySegment> scalars(String name) {
        return builder(name)
                .fields(
                        bool("b1"),
                        int8("i8_1"),
                        int8("i8_2"),
                        uint16("u16_1"),
                        uint16("u16_2"),
                        uint32("u32_1"),
                        uint32("u32_2"),
                        uint32("u32_3"),
                        uint32("u32_4"),
                        int64("i64_1"),
                        int64("i64_2"),
                        int64("i64_3"),
                        int64("i64_4"));
    }

    private static StructLayout state() {
        List<MemoryLayout> members = new ArrayList<>();
        members.add(JAVA_BOOLEAN.withName("b1"));
        for (int i = 1; i <= 2; i++) {
            members.add(JAVA_BYTE.withName("i8_" + i));
            members.add(JAVA_SHORT.withName("u16_" + i));
        }
        for (int i = 1; i <= 4; i++) {
            members.add(JAVA_INT.withName("u32_" + i));
            members.add(JAVA_LONG.withName("i64_" + i));
        }
        members.add(sequenceLayout(32, JAVA_INT).withName("regs"));
        members.add(sequenceLayout(256, JAVA_BYTE).withName("buf"));
        members.add(NESTED.withName("nested"));
        members.add(JAVA_INT.withName("ext_a"));
        members.add(JAVA_LONG.withName("ext_b"));
        members.add(JAVA_LONG.withName("derived"));
        members.add(POINTERS.withName("q"));
        members.add(sequenceLayout(512, JAVA_LONG).withName("r64"));
        members.add(sequenceLayout(1024, JAVA_INT).withName("r32"));
        members.add(sequenceLayout(64, ADDRESS).withName("items"));
        return packed(members.toArray(MemoryLayout[]::new));
    }

    /// A structure without padding.
    private static StructLayout packed(MemoryLayout... members) {
        List<MemoryLayout> unaligned = new ArrayList<>();
        for (MemoryLayout member : members) {
            unaligned.add(unaligned(member));
        }
        return structLayout(unaligned.toArray(MemoryLayout[]::new));
    }

    private static MemoryLayout unaligned(MemoryLayout layout) {
        MemoryLayout unaligned =
                switch (layout) {
                    case java.lang.foreign.SequenceLayout s ->
                            sequenceLayout(s.elementCount(), unaligned(s.elementLayout()));
                    case StructLayout s ->
                            structLayout(
                                    s.memberLayouts().stream()
                                            .map(NativeCasesTest::unaligned)
                                            .toArray(MemoryLayout[]::new));
                    default -> layout.withByteAlignment(1);
                };
        return layout.name().map(unaligned::withName).orElse(unaligned);
    }

    /// The items to which QEMU's non-null pointers point.
    private void makeItems() {
        for (int i = 0; i < 64; i++) {
            if (i % 4 != 3) {
                member("items").set(ADDRESS.withByteAlignment(1), 8L * i, arena.allocate(ITEM));
            }
        }
    }

    private RawTailQueue queue() {
        return RawTailQueue.Offsets.of(POINTERS, ENTRY, groupElement("next")).at(member("q"));
    }

    private MemorySegment member(String name) {
        return slice(state, name);
    }

    private static MemorySegment slice(MemorySegment state, String name) {
        return state.asSlice(
                STATE.byteOffset(groupElement(name)), STATE.select(groupElement(name)).byteSize());
    }

    private static int get(MemorySegment struct, StructLayout layout, String member) {
        return struct.get(JAVA_INT.withByteAlignment(1), layout.byteOffset(groupElement(member)));
    }

    private static void set(MemorySegment struct, StructLayout layout, String member, int value) {
        struct.set(JAVA_INT.withByteAlignment(1), layout.byteOffset(groupElement(member)), value);
    }

    private void load(String name) throws IOException {
        description(name).load(WireReader.of(bin(name)), state, 1);
    }

    private byte[] save(String name) throws IOException {
        WireWriter writer = WireWriter.toMemory();
        description(name).save(writer, state);
        return writer.toByteArray();
    }

    private static byte[] bin(String name) throws IOException {
        try (InputStream in =
                NativeCasesTest.class.getResourceAsStream("/cases/" + name + ".bin")) {
            return in.readAllBytes();
        }
    }
}
