// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.vmstate.VMStateFields.*;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Creates random descriptions of [Everything].
final class ObjectDescriptions extends Descriptions<Everything> {
    ObjectDescriptions(Random random) {
        super(random);
    }

    @Override
    VMStateDescriptionBuilder<Everything> builder(String name) {
        return VMStateDescription.builder(name, Everything.class, MethodHandles.lookup());
    }

    @Override
    int count(Everything state) {
        return state.count;
    }

    @Override
    void record(Everything state, String call) {
        state.calls.add(call + state.count);
    }

    @Override
    Everything state(Random values, long shape) {
        return Everything.random(values, shape);
    }

    @Override
    String text(Everything state) {
        return Everything.text(state);
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
                                uint32("wide32"),
                                int32("wide32"),
                                bool("int8"),
                                uint8Equal("int8").hint("a hint"),
                                uint16Equal("int16"),
                                int32Equal("int32"),
                                uint64Equal("int64"),
                                int32Le("int32"),
                                int32("count"),
                                uint16("length"),
                                bool("flags").array(5),
                                uint8("bytes").array(9),
                                bool("bytes").array(9),
                                uint16("shorts").array(7),
                                uint32("ints").array(8)));
        all.addAll(
                List.of(
                        uint32("ints").array(3).from(5),
                        uint32("ints").array(9),
                        int64("longs").array(6),
                        uint64Equal("longs").array(2),
                        uint8("wides").array(4),
                        int32("rows").array2d(3, 2),
                        uint32("ints").varray("count"),
                        int16("shorts").varray("length"),
                        uint64("longs").varray("count").from(1),
                        uint32("made").varray("count").allocate(),
                        buffer("bytes", 9),
                        buffer("bytes", 3).from(4),
                        vbuffer("log").length("length"),
                        vbuffer("log").length("length").times(2).allocate(),
                        vbuffer("log").length("count").allocate(),
                        bitmap("bits").length("count"),
                        unused(random.nextInt(5)),
                        unused(2).array(3),
                        uint16("letter"),
                        uint8("letter"),
                        uint32("single"),
                        uint64("real"),
                        uint32("boxed"),
                        uint8("parity")
                                .constants(
                                        Everything.Parity.class,
                                        p -> p == Everything.Parity.ODD ? 9 : p.name().charAt(0)),
                        string("text", 12),
                        optional("maybe", Integer.class, uint32("value")),
                        optional("maybe_text", String.class, string("value", 9)),
                        buffer("buffer", 6),
                        vbuffer("buffer").length("count").from(1),
                        uint16("letters").array(3),
                        uint32("singles").array(2),
                        uint32("above"),
                        buffer("bytes_above", 4)));
        var inner = inner();
        all.addAll(
                List.of(
                        struct("inner", inner),
                        struct("other", inner()),
                        struct("fresh", inner).allocate(Everything.Inner::new),
                        vstruct("other", inner, random.nextInt(1, 3)),
                        vstruct("other", inner, 1).elementVersion(random.nextInt(1, 4), 2),
                        struct("inners", inner).array(3),
                        struct("inners", inner()).array(2).from(1),
                        struct("pointers", inner).array(6).pointers(),
                        struct("pointers", inner()).array(5).from(1).pointers(),
                        struct("pointers", inner).varray("count").pointers(),
                        struct("pointers", inner)
                                .array(4)
                                .pointers()
                                .allocate(Everything.Inner::new),
                        struct("listed", inner).array(2),
                        struct("innermost_above", Innermost.described(random.nextBoolean())),
                        qtailq("queue", random.nextInt(4), inner, Everything.Inner::new),
                        qtailq("queue", 1, inner(), Everything.Inner::new),
                        qtailq("deque", 1, inner(), Everything.Inner::new),
                        qlist("list", 1, inner, Everything.Inner::new),
                        qtailq(
                                "queue_above",
                                1,
                                Innermost.described(random.nextBoolean()),
                                Innermost::new),
                        gtreeDirect("tree", 1, inner, Everything.Inner::new)));
        all.addAll(List.of(custom("custom", new Text()), custom("custom", new Text())));
        return all;
    }

    private VMStateDescription<Everything.Inner> inner() {
        var builder =
                VMStateDescription.builder(
                                random.nextBoolean() ? "inner" : "in",
                                Everything.Inner.class,
                                MethodHandles.lookup())
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
                                struct("innermost", Innermost.described(random.nextInt(3) == 0))));
        Collections.shuffle(all, random);
        all.subList(0, random.nextInt(1, all.size()))
                .forEach(field -> builder.fields(field.asQemuDoes("at random")));
        if (random.nextInt(4) == 0) {
            builder.preSave(s -> s.calls.add("preSave"));
        }
        if (random.nextInt(4) == 0) {
            builder.postLoad((s, v) -> s.calls.add("postLoad" + v));
        }
        if (random.nextInt(4) == 0) {
            builder.fields(uint32("a").existsIf((Everything.Inner s, int v) -> s.c % 2 == 0));
        }
        return builder.build();
    }

    /// A text, preceded by its length.
    private static final class Text implements VMStateInfo<String> {
        @Override
        public String name() {
            return "text";
        }

        @Override
        public @Nullable String load(
                WireReader reader, @Nullable String current, VMStateField<?> field)
                throws IOException {
            return reader.str8();
        }

        @Override
        public void save(
                WireWriter writer,
                @Nullable String value,
                VMStateField<?> field,
                @Nullable VmDescWriter vmdesc)
                throws IOException {
            writer.str8(String.valueOf(value));
        }
    }
}
