// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_CHAR;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.vmstate.VMStateFields.*;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.vmstate.queue.RawListQueue;
import org.vmstate.queue.RawTailQueue;
import org.vmstate.testing.StructMembers;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Creates random descriptions of a structure in native memory with a member of each kind.
@SuppressWarnings("restricted") // pointers with targets are what is tested
final class MemoryDescriptions extends Descriptions<MemorySegment> {
    private static final MemoryLayout LINKS = structLayout(ADDRESS, ADDRESS);
    private static final StructLayout INNERMOST =
            packed(JAVA_INT.withName("x"), JAVA_SHORT.withName("y"));
    private static final StructLayout INNER =
            packed(
                    JAVA_INT.withName("a"),
                    JAVA_BYTE.withName("b"),
                    JAVA_LONG.withName("c"),
                    JAVA_BOOLEAN.withName("d"),
                    sequenceLayout(3, JAVA_BYTE).withName("e"),
                    sequenceLayout(2, JAVA_SHORT).withName("f"),
                    INNERMOST.withName("innermost"),
                    JAVA_INT.withName("calls"),
                    LINKS.withName("link"),
                    LINKS.withName("list_link"));
    private static final StructLayout EVERY =
            packed(
                    JAVA_BOOLEAN.withName("flag"),
                    JAVA_BYTE.withName("int8"),
                    JAVA_SHORT.withName("int16"),
                    JAVA_INT.withName("int32"),
                    JAVA_LONG.withName("int64"),
                    JAVA_DOUBLE.withName("real"),
                    JAVA_INT.withName("wide8"),
                    JAVA_CHAR.withName("wide16"),
                    JAVA_LONG.withName("wide32"),
                    JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN).withName("big32"),
                    JAVA_INT.withName("count"),
                    JAVA_SHORT.withName("length"),
                    JAVA_INT.withName("calls"),
                    sequenceLayout(9, JAVA_BYTE).withName("bytes"),
                    sequenceLayout(40, JAVA_BYTE).withName("many"),
                    sequenceLayout(7, JAVA_SHORT).withName("shorts"),
                    sequenceLayout(8, JAVA_INT).withName("ints"),
                    sequenceLayout(4, JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN)).withName("bigs"),
                    sequenceLayout(6, JAVA_LONG).withName("longs"),
                    sequenceLayout(4, JAVA_INT).withName("wides"),
                    sequenceLayout(5, JAVA_BOOLEAN).withName("flags"),
                    sequenceLayout(4, JAVA_CHAR).withName("chars"),
                    sequenceLayout(4, JAVA_LONG).withName("bits"),
                    ADDRESS.withName("made"),
                    ADDRESS.withName("log"),
                    ADDRESS.withTargetLayout(sequenceLayout(8, JAVA_INT)).withName("fixed"),
                    INNER.withName("inner"),
                    INNER.withName("other"),
                    ADDRESS.withTargetLayout(INNER).withName("behind"),
                    sequenceLayout(3, INNER).withName("inners"),
                    sequenceLayout(6, ADDRESS.withTargetLayout(INNER)).withName("pointers"),
                    LINKS.withName("queue"),
                    structLayout(ADDRESS).withName("list"));
    private static final RawTailQueue.Offsets QUEUE =
            RawTailQueue.Offsets.of(LINKS, INNER, groupElement("link"));
    private static final RawListQueue.Offsets LIST =
            RawListQueue.Offsets.of(structLayout(ADDRESS), INNER, groupElement("list_link"));

    private Arena arena = Arena.ofAuto();

    /// The pointers that loading stored and their previous values, by address.
    private final Map<Long, MemorySegment> made = new HashMap<>();

    MemoryDescriptions(Random random) {
        super(random);
    }

    /// A structure without padding, so that its members are not aligned.
    private static StructLayout packed(MemoryLayout... members) {
        MemoryLayout[] unaligned = new MemoryLayout[members.length];
        for (int i = 0; i < members.length; i++) {
            unaligned[i] = unaligned(members[i]);
        }
        return structLayout(unaligned);
    }

    private static MemoryLayout unaligned(MemoryLayout layout) {
        MemoryLayout unaligned =
                switch (layout) {
                    case SequenceLayout s ->
                            sequenceLayout(s.elementCount(), unaligned(s.elementLayout()));
                    case StructLayout s -> packed(s.memberLayouts().toArray(MemoryLayout[]::new));
                    default -> layout.withByteAlignment(1);
                };
        return layout.name().map(unaligned::withName).orElse(unaligned);
    }

    @Override
    VMStateDescriptionBuilder<MemorySegment> builder(String name) {
        SegmentAllocator allocator = (size, alignment) -> remember(arena.allocate(size, alignment));
        return VMStateDescription.builder(name, EVERY, allocator);
    }

    @Override
    void forget() {
        arena = Arena.ofAuto();
        made.clear();
    }

    private MemorySegment remember(MemorySegment memory) {
        made.put(memory.address(), memory);
        return memory;
    }

    @Override
    int count(MemorySegment state) {
        return member(state, EVERY, "count").get(ValueLayout.JAVA_INT_UNALIGNED, 0);
    }

    @Override
    void record(MemorySegment state, String call) {
        note(member(state, EVERY, "calls"), call);
    }

    private static void note(MemorySegment calls, String call) {
        int before = calls.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
        calls.set(ValueLayout.JAVA_INT_UNALIGNED, 0, before * 31 + call.hashCode());
    }

    @Override
    MemorySegment state(Random values, long shape) {
        MemorySegment state = arena.allocate(EVERY);
        Random shapes = new Random(shape);
        fill(state, EVERY, values);
        number(state, "count", values.nextInt(-1, 9));
        number(
                state,
                "wide8",
                values.nextInt(10) == 0 ? values.nextInt() : values.nextInt(-128, 256));
        member(state, EVERY, "length")
                .set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, (short) values.nextInt(9));
        if (values.nextInt(10) > 0) {
            member(state, EVERY, "wide32")
                    .set(ValueLayout.JAVA_LONG_UNALIGNED, 0, values.nextInt());
        }
        pointer(state, "made", values.nextInt(8) == 0 ? null : remember(arena.allocate(64)));
        pointer(state, "log", values.nextInt(8) == 0 ? null : remember(arena.allocate(64)));
        pointer(state, "fixed", values.nextInt(8) == 0 ? null : arena.allocate(32));
        pointer(state, "behind", shapes.nextInt(4) == 0 ? null : inner(values));
        MemorySegment pointers = member(state, EVERY, "pointers");
        for (int i = 0; i < 6; i++) {
            if (shapes.nextInt(3) > 0) {
                pointers.set(ValueLayout.ADDRESS_UNALIGNED, 8L * i, inner(values));
            }
        }
        for (int i = values.nextInt(4); i > 0; i--) {
            MemorySegment element = inner(values);
            QUEUE.at(member(state, EVERY, "queue")).insertTail(element);
            LIST.at(member(state, EVERY, "list")).insertHead(element);
        }
        return state;
    }

    private MemorySegment inner(Random values) {
        return fill(arena.allocate(INNER), INNER, values);
    }

    private static void number(MemorySegment state, String name, int value) {
        member(state, EVERY, name).set(ValueLayout.JAVA_INT_UNALIGNED, 0, value);
    }

    private static void pointer(MemorySegment state, String name, @Nullable MemorySegment target) {
        member(state, EVERY, name)
                .set(
                        ValueLayout.ADDRESS_UNALIGNED,
                        0,
                        target == null ? MemorySegment.NULL : target);
    }

    private static MemorySegment member(MemorySegment state, StructLayout layout, String name) {
        return StructMembers.of(layout).named(name).in(state);
    }

    /// Random bytes, except for pointers.
    private static MemorySegment fill(MemorySegment memory, MemoryLayout layout, Random values) {
        switch (layout) {
            case GroupLayout group ->
                    StructMembers.of(group)
                            .all()
                            .forEach(m -> fill(m.in(memory), m.layout(), values));
            case SequenceLayout sequence -> {
                for (int i = 0; i < sequence.elementCount(); i++) {
                    MemoryLayout part = sequence.elementLayout();
                    fill(slice(memory, i * part.byteSize(), part), part, values);
                }
            }
            case AddressLayout _, PaddingLayout _ -> {}
            case ValueLayout.OfBoolean _ -> memory.set(JAVA_BYTE, 0, (byte) values.nextInt(3));
            case ValueLayout value -> {
                for (long i = 0; i < value.byteSize(); i++) {
                    int any = values.nextInt(6) == 0 ? 5 : values.nextInt();
                    memory.set(JAVA_BYTE, i, (byte) any);
                }
            }
        }
        return memory;
    }

    private static MemorySegment slice(MemorySegment memory, long at, MemoryLayout layout) {
        return memory.asSlice(at, layout.byteSize());
    }

    @Override
    String text(MemorySegment state) {
        StringBuilder out = new StringBuilder();
        text(state, EVERY, out);
        for (String name : List.of("made", "log")) {
            long address =
                    member(state, EVERY, name).get(ValueLayout.ADDRESS_UNALIGNED, 0).address();
            MemorySegment target = made.get(address);
            out.append('\n').append(name);
            if (target == null) {
                out.append(address == 0);
            } else {
                hex(target, out);
            }
        }
        QUEUE.at(member(state, EVERY, "queue")).forEach(e -> text(e, INNER, out.append("\nq ")));
        LIST.at(member(state, EVERY, "list")).forEach(e -> text(e, INNER, out.append("\nl ")));
        return out.toString();
    }

    private static void text(MemorySegment memory, MemoryLayout layout, StringBuilder out) {
        switch (layout) {
            case GroupLayout group -> {
                for (StructMembers.Member member : StructMembers.of(group).all()) {
                    out.append('\n').append(member.layout().name().orElse("")).append(' ');
                    text(member.in(memory), member.layout(), out);
                }
            }
            case SequenceLayout sequence when isNumber(sequence.elementLayout()) ->
                    hex(memory, out);
            case SequenceLayout sequence -> {
                for (int i = 0; i < sequence.elementCount(); i++) {
                    MemoryLayout part = sequence.elementLayout();
                    text(slice(memory, i * part.byteSize(), part), part, out.append(' '));
                }
            }
            case AddressLayout pointer when pointer.targetLayout().isPresent() -> {
                MemorySegment target = memory.get(pointer, 0);
                if (target.address() == 0) {
                    out.append("null");
                } else {
                    text(target, pointer.targetLayout().orElseThrow(), out.append("-> "));
                }
            }
            case AddressLayout _ -> {}
            default -> hex(memory, out);
        }
    }

    private static boolean isNumber(MemoryLayout layout) {
        return layout instanceof ValueLayout && !(layout instanceof AddressLayout);
    }

    private static void hex(MemorySegment memory, StringBuilder out) {
        for (long i = 0; i < memory.byteSize(); i++) {
            HexFormat.of().toHexDigits(out, memory.get(JAVA_BYTE, i));
        }
    }

    @Override
    List<VMStateField<Object>> all() {
        List<VMStateField<Object>> all =
                new ArrayList<>(
                        List.of(
                                bool("flag"),
                                uint8("int8"),
                                int16("int16"),
                                uint32("int32"),
                                uint64("int64"),
                                timer("int64"),
                                float64("real"),
                                uint8("wide8"),
                                int8("wide8"),
                                uint8("wide16"),
                                int8("wide16"),
                                uint16("wide16"),
                                int16("wide16"),
                                uint32("wide32"),
                                int32("wide32"),
                                uint32("big32"),
                                int32Le("big32"),
                                uint8Equal("int8").hint("a hint"),
                                uint16Equal("int16"),
                                uint64Equal("int64"),
                                int32Le("int32"),
                                int32("count"),
                                uint16("length")));
        all.addAll(
                List.of(
                        bool("flags").array(5),
                        uint8("bytes").array(9),
                        uint16("shorts").array(7),
                        uint16("chars").array(4),
                        uint32("ints").array(8),
                        uint32("ints").array(3).from(5),
                        uint32("bigs").array(4),
                        int64("longs").array(6),
                        uint64Equal("longs").array(2),
                        uint8("wides").array(4),
                        uint32("ints").varray("count"),
                        int16("shorts").varray("length"),
                        uint64("longs").varray("count").from(1),
                        uint32("made").varray("count").allocate(),
                        uint32("fixed").array(8),
                        uint32("fixed").varray("count"),
                        buffer("bytes", 9),
                        buffer("bytes", 3).from(4),
                        buffer("many", 40),
                        vbuffer("many").length("count"),
                        vbuffer("log").length("length").allocate(),
                        bitmap("bits").length("count"),
                        unused(random.nextInt(5)),
                        unused(2).array(3)));
        var inner = inner();
        all.addAll(
                List.of(
                        struct("inner", inner),
                        struct("other", inner()),
                        struct("behind", inner()),
                        vstruct("other", inner, random.nextInt(1, 3)),
                        vstruct("other", inner, 1).elementVersion(random.nextInt(1, 4), 2),
                        struct("inners", inner).array(3),
                        struct("inners", inner()).array(2).from(1),
                        struct("inners", inner()).varray("count"),
                        struct("pointers", inner).array(6).pointers(),
                        struct("pointers", inner()).array(5).from(1).pointers(),
                        struct("pointers", inner).varray("count").pointers(),
                        qtailq("queue", random.nextInt(4), inner, () -> arena.allocate(INNER))
                                .link("link"),
                        qtailq("queue", 1, inner(), () -> arena.allocate(INNER)).link("link"),
                        qlist("list", 1, inner(), () -> arena.allocate(INNER)).link("list_link"),
                        custom("many", new Filled())));
        return all;
    }

    private VMStateDescription<MemorySegment> inner() {
        VMStateDescriptionBuilder<MemorySegment> builder =
                VMStateDescription.builder(random.nextBoolean() ? "inner" : "in", INNER)
                        .versionId(2)
                        .minimumVersionId(1);
        List<VMStateField<Object>> all =
                new ArrayList<>(
                        List.of(
                                uint32("a"),
                                int8("b"),
                                uint64("c").sinceVersion(2),
                                bool("d"),
                                buffer("e", 3),
                                uint16("f").array(2),
                                uint8Equal("b"),
                                struct("innermost", innermost())));
        Collections.shuffle(all, random);
        all.subList(0, random.nextInt(1, all.size()))
                .forEach(field -> builder.fields(field.asQemuDoes("at random")));
        if (random.nextInt(4) == 0) {
            builder.preSave(s -> note(member(s, INNER, "calls"), "preSave"));
        }
        if (random.nextInt(4) == 0) {
            builder.postLoad((s, v) -> note(member(s, INNER, "calls"), "postLoad" + v));
        }
        if (random.nextInt(4) == 0) {
            builder.fields(
                    uint32("a")
                            .existsIf(
                                    (MemorySegment s, int v) ->
                                            member(s, INNER, "c").get(JAVA_BYTE, 0) % 2 == 0));
        }
        return builder.build();
    }

    private VMStateDescription<MemorySegment> innermost() {
        var builder = VMStateDescription.builder("innermost", INNERMOST);
        builder.fields(uint32("x"), uint16("y"));
        if (random.nextInt(3) == 0) {
            builder.postLoad((s, v) -> s.set(JAVA_BYTE, 0, (byte) v));
        }
        return builder.build();
    }

    /// Memory as text, if all bytes are the same.
    private static final class Filled implements VMStateInfo<MemorySegment> {
        @Override
        public String name() {
            return "filled";
        }

        @Override
        public @Nullable MemorySegment load(
                WireReader reader, @Nullable MemorySegment current, VMStateField<?> field)
                throws IOException {
            if (current != null) {
                current.fill(reader.int8());
            }
            return current;
        }

        @Override
        public void save(
                WireWriter writer,
                @Nullable MemorySegment value,
                VMStateField<?> field,
                @Nullable VmDescWriter vmdesc)
                throws IOException {
            writer.int8(value == null ? 0 : value.get(JAVA_BYTE, 1));
        }
    }
}
