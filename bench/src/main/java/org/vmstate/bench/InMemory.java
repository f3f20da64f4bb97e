// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.vmstate.VMStateFields.buffer;
import static org.vmstate.VMStateFields.qtailq;
import static org.vmstate.VMStateFields.struct;
import static org.vmstate.VMStateFields.uint32;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.VarHandle;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDescriptionBuilder;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The five states as C structures in native memory.
///
/// They are filled by loading the bytes that the objects save. Elements of the queue are allocated
/// from a slab that each load reuses.
final class InMemory implements Contender {
    private static final StructLayout LINKS = structLayout(ADDRESS, ADDRESS);
    private static final StructLayout ENTRY =
            structLayout(
                    JAVA_INT.withName("summary"),
                    JAVA_INT.withName("extended_length"),
                    JAVA_LONG.withName("when"),
                    sequenceLayout(16, JAVA_BYTE).withName("log"),
                    LINKS.withName("next"));
    private static final StructLayout QUEUE = structLayout(LINKS.withName("q"));
    private static final StructLayout ITEM =
            structLayout(JAVA_INT.withName("a"), JAVA_INT.withName("b"), JAVA_INT.withName("c"));
    private static final StructLayout POINTERS =
            structLayout(sequenceLayout(64, ADDRESS).withName("items"));
    private static final StructLayout REGISTERS =
            structLayout(
                    sequenceLayout(512, JAVA_LONG).withName("r64"),
                    sequenceLayout(1024, JAVA_INT).withName("r32"));
    private static final StructLayout NESTED =
            structLayout(
                    JAVA_INT.withName("ctrl"),
                    JAVA_INT.withName("count"),
                    JAVA_LONG.withName("base"),
                    JAVA_LONG.withName("limit"),
                    JAVA_BYTE.withName("mode"),
                    JAVA_BOOLEAN.withName("enabled"),
                    paddingLayout(6));
    private static final StructLayout DEVICE =
            structLayout(
                    JAVA_LONG.withName("i64_1"),
                    JAVA_LONG.withName("i64_2"),
                    JAVA_LONG.withName("i64_3"),
                    JAVA_LONG.withName("i64_4"),
                    JAVA_INT.withName("u32_1"),
                    JAVA_INT.withName("u32_2"),
                    JAVA_INT.withName("u32_3"),
                    JAVA_INT.withName("u32_4"),
                    JAVA_SHORT.withName("u16_1"),
                    JAVA_SHORT.withName("u16_2"),
                    JAVA_BYTE.withName("i8_1"),
                    JAVA_BYTE.withName("i8_2"),
                    JAVA_BOOLEAN.withName("b1"),
                    paddingLayout(1),
                    sequenceLayout(32, JAVA_INT).withName("regs"),
                    sequenceLayout(256, JAVA_BYTE).withName("buf"),
                    NESTED.withName("nested"),
                    JAVA_LONG.withName("ext_b"),
                    JAVA_LONG.withName("derived"),
                    JAVA_INT.withName("ext_a"),
                    JAVA_BOOLEAN.withName("ext_present"),
                    paddingLayout(3));

    private static final VarHandle U32_1 = DEVICE.varHandle(groupElement("u32_1"));
    private static final VarHandle U32_2 = DEVICE.varHandle(groupElement("u32_2"));
    private static final VarHandle EXT_A = DEVICE.varHandle(groupElement("ext_a"));
    private static final VarHandle EXT_PRESENT = DEVICE.varHandle(groupElement("ext_present"));
    private static final VarHandle DERIVED = DEVICE.varHandle(groupElement("derived"));
    private static final VarHandle BASE =
            DEVICE.varHandle(groupElement("nested"), groupElement("base"));
    private static final VarHandle COUNT =
            DEVICE.varHandle(groupElement("nested"), groupElement("count"));

    private final VMStateDescription<MemorySegment> vmstate;
    private final MemorySegment state;
    private final MemorySegment slab =
            Arena.global().allocate(ENTRY.byteSize() * EventQueue.LENGTH, ENTRY.byteAlignment());
    private final WireWriter writer = WireWriter.toMemory();
    private final WireReader reader;
    private long used;

    /// The state with a name, filled with the bytes of the same state as objects.
    InMemory(String name, byte[] saved) throws IOException {
        StructLayout layout =
                switch (name) {
                    case "queue" -> QUEUE;
                    case "ptrs" -> POINTERS;
                    case "regs" -> REGISTERS;
                    default -> DEVICE;
                };
        vmstate = describe(name, VMStateDescription.builder("cbench/" + name, layout));
        state = Arena.global().allocate(layout);
        reader = WireReader.of(saved);
        if (name.equals("device")) {
            EXT_PRESENT.set(state, 0L, true);
        }
        if (name.equals("ptrs")) {
            for (int i = 0; i < 64; i++) {
                state.setAtIndex(
                        ADDRESS,
                        i,
                        i % 4 == 3 ? MemorySegment.NULL : Arena.global().allocate(ITEM));
            }
        }
        load();
    }

    @Override
    public int save() throws IOException {
        writer.clear();
        vmstate.save(writer, state);
        return (int) writer.position();
    }

    @Override
    public Object load() throws IOException {
        reader.seek(0);
        if (state.byteSize() == QUEUE.byteSize()) {
            state.fill((byte) 0);
            used = 0;
        }
        vmstate.load(reader, state, 1);
        return state;
    }

    private MemorySegment entry() {
        MemorySegment entry = slab.asSlice(used, ENTRY.byteSize());
        used += ENTRY.byteSize();
        return entry;
    }

    private VMStateDescription<MemorySegment> describe(
            String name, VMStateDescriptionBuilder<MemorySegment> builder) {
        return switch (name) {
            case "scalars" -> builder.fields(Fields.numbers()).build();
            case "queue" ->
                    builder.fields(
                                    qtailq(
                                                    "q",
                                                    1,
                                                    describe(
                                                            "entry",
                                                            VMStateDescription.builder(
                                                                    "cbench/entry", ENTRY)),
                                                    this::entry)
                                            .link("next"))
                            .build();
            case "entry" -> builder.fields(Fields.entry()).build();
            case "regs" -> builder.fields(Fields.registers()).build();
            case "ptrs" -> builder.fields(struct("items", item()).array(64).pointers()).build();
            default -> device(builder);
        };
    }

    private static VMStateDescription<MemorySegment> item() {
        return VMStateDescription.builder("cbench/item", ITEM).fields(Fields.item()).build();
    }

    private static VMStateDescription<MemorySegment> device(
            VMStateDescriptionBuilder<MemorySegment> builder) {
        return builder.fields(Fields.numbers())
                .preSave(s -> EXT_A.set(s, 0L, (int) U32_1.get(s, 0L) ^ (int) U32_2.get(s, 0L)))
                .postLoad(
                        (s, _) ->
                                DERIVED.set(
                                        s,
                                        0L,
                                        (long) BASE.get(s, 0L)
                                                + Integer.toUnsignedLong((int) COUNT.get(s, 0L))))
                .fields(uint32("regs").array(32), buffer("buf", 256), struct("nested", nested()))
                .subsections(
                        VMStateDescription.builder("cbench/device/ext", (StructLayout) DEVICE)
                                .needed(s -> (boolean) EXT_PRESENT.get(s, 0L))
                                .fields(Fields.ext())
                                .build())
                .build();
    }

    private static VMStateDescription<MemorySegment> nested() {
        return VMStateDescription.builder("cbench/nested", NESTED).fields(Fields.nested()).build();
    }
}
