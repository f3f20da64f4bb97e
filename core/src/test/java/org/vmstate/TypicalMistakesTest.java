// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.*;

import java.io.IOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.queue.TailQueue;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Typical mistakes: each one throws an exception with the cause and a hint.
final class TypicalMistakesTest {
    enum Parity {
        NONE,
        ODD
    }

    @SuppressWarnings("UnusedVariable") // read by descriptions
    static final class D {
        int a;
        int n = 2;
        int @Nullable [] arr = {1, 2};
        @Nullable D nes;
        final int fixed = 1;
        final TailQueue.Link<D> link = new TailQueue.Link<>();
        final TailQueue<D> queue = new TailQueue<>(d -> d.link);
        List<D> list = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        char letter;
        Parity parity = Parity.NONE;
        String text = "x";
        Integer boxed = 1;
        Optional<Integer> maybe = Optional.empty();
    }

    record Pair(int a, String b) {}

    static final VMStateDescription<D> LEAF = d("leaf").fields(uint32("a")).build();

    static final VMStateDescription<D> GROWN =
            d("leaf")
                    .versionId(2)
                    .minimumVersionId(1)
                    .fields(uint32("a"), uint32("n").sinceVersion(2))
                    .build();

    /// A description that uses itself.
    static final class Recursive {
        static final VMStateDescription<D> VMSTATE =
                d("d").fields(struct("nes", Recursive.VMSTATE)).build();
    }

    private static VMStateDescriptionBuilder<D> d(String name) {
        return VMStateDescription.builder(name, D.class, MethodHandles.lookup());
    }

    private static VMStateDescriptionBuilder<D> d() {
        return d("d");
    }

    private static void save(VMStateDescription<D> description, D state) throws IOException {
        description.save(WireWriter.toMemory(), state);
    }

    private static D load(VMStateDescription<D> description, int... bytes) throws IOException {
        return load(description, 1, bytes);
    }

    private static D load(VMStateDescription<D> description, int version, int[] bytes)
            throws IOException {
        byte[] wire = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            wire[i] = (byte) bytes[i];
        }
        return description.load(WireReader.of(wire), D::new, version);
    }

    /// A mistake and the required parts of the message.
    record Mistake(int number, String name, Attempt attempt, List<String> answer) {
        @Override
        public String toString() {
            return number + " " + name;
        }
    }

    interface Attempt {
        void run() throws IOException;
    }

    private static Mistake mistake(int number, String name, Attempt attempt, String... answer) {
        return new Mistake(number, name, attempt, List.of(answer));
    }

    private static D withArray(int count, int @Nullable ... values) {
        D state = new D();
        state.n = count;
        state.arr = values;
        return state;
    }

    static Stream<Mistake> mistakes() {
        VMStateDescription<D> array = d().fields(uint32("n"), uint32("arr").varray("n")).build();
        return Stream.of(
                mistake(
                        1,
                        "wrong field name",
                        () -> d().fields(uint32("aa")).build(),
                        "D has no field aa"),
                mistake(
                        2,
                        "wrong type",
                        () -> d().fields(uint64("a")).build(),
                        "kept in a int",
                        "wide enough for uint64"),
                mistake(
                        3,
                        "count field missing",
                        () -> d().fields(uint32("arr").varray("cnt")).build(),
                        "field arr",
                        "has no field cnt"),
                mistake(
                        4,
                        "subsection without the prefix",
                        () -> d().subsections(d("x/y").build()).build(),
                        "subsection x/y does not begin with d"),
                mistake(
                        5,
                        "subsection twice",
                        () -> d().subsections(d("d/y").build(), d("d/y").build()).build(),
                        "d/y is declared twice"),
                mistake(
                        6,
                        "same field twice",
                        () -> d().fields(uint32("a"), uint32("a")).build(),
                        "field a: is sent twice"),
                mistake(
                        7,
                        "null structure",
                        () -> save(d().fields(struct("nes", LEAF)).build(), new D()),
                        "d > nes: null where struct must be"),
                mistake(
                        8,
                        "count above the array",
                        () -> load(array, 0, 0, 0, 5),
                        "d > arr: 5 elements, there is room for 2",
                        "offset 0x4"),
                mistake(
                        9,
                        "element in a queue twice",
                        () -> {
                            D state = new D();
                            state.queue.insertTail(state);
                            state.queue.insertTail(state);
                        },
                        "already in"),
                mistake(
                        10,
                        "truncated input",
                        () -> load(d().fields(uint32("a")).build(), 0, 0),
                        "d > a: the input ends inside a value of 4 bytes"),
                mistake(
                        11,
                        "too new",
                        () -> load(d().fields(uint32("a")).build(), 2, new int[4]),
                        "version_id 2 too new, supported 1..1"),
                mistake(
                        12,
                        "unknown subsection",
                        () ->
                                load(
                                        d().fields(uint8("a")).build(),
                                        0,
                                        5,
                                        4,
                                        'd',
                                        '/',
                                        'x',
                                        'y',
                                        0,
                                        0,
                                        0,
                                        1),
                        "'d' has no subsection 'd/xy'"),
                mistake(
                        13,
                        "equal with a hint",
                        () ->
                                load(
                                        d().fields(uint32Equal("a").hint("give -m 4")).build(),
                                        0,
                                        0,
                                        0,
                                        1),
                        "0 != 1, give -m 4"),
                mistake(
                        14,
                        "final field",
                        () -> d().fields(uint32("fixed")).build(),
                        "loading sets it, but it is final"),
                mistake(
                        15,
                        "public lookup",
                        () ->
                                VMStateDescription.builder(
                                                "d", D.class, MethodHandles.publicLookup())
                                        .fields(uint32("a"))
                                        .build(),
                        "the lookup cannot see",
                        "D.a"),
                mistake(16, "version -1", () -> d().versionId(-1).build(), "version -1 is below 0"),
                mistake(
                        17,
                        "a hook throws",
                        () ->
                                save(
                                        d().preSave(
                                                        s -> {
                                                            throw new IllegalStateException("boom");
                                                        })
                                                .build(),
                                        new D()),
                        "d: ",
                        "boom"),
                mistake(
                        18,
                        "wrong element class of a queue",
                        () -> d().fields(qtailq("texts", 1, LEAF, D::new)).build(),
                        "java.util.List<java.lang.String>",
                        "must be a collection of"),
                mistake(
                        19,
                        "nested structure grew",
                        () ->
                                d().versionId(2)
                                        .minimumVersionId(1)
                                        .fields(struct("nes", GROWN))
                                        .build(),
                        "which version of leaf they contain",
                        "vstruct"),
                mistake(
                        20,
                        "description naming itself",
                        () -> {
                            try {
                                Recursive.VMSTATE.name();
                            } catch (ExceptionInInitializerError e) {
                                throw (RuntimeException) e.getCause();
                            }
                        },
                        "nes: the description is null",
                        "cannot nest itself"),
                mistake(
                        21,
                        "state changed while it is saved",
                        () -> {
                            D state = new D();
                            state.list.addAll(List.of(new D(), new D()));
                            VMStateDescription<D> changing =
                                    d("leaf").preSave(s -> state.list.add(new D())).build();
                            save(d().fields(qtailq("list", 1, changing, D::new)).build(), state);
                        },
                        "d > list",
                        "ConcurrentModificationException"),
                mistake(
                        22,
                        "versionId forgotten",
                        () -> d().fields(uint32("a").sinceVersion(2)).build(),
                        "is never sent",
                        "raise versionId"),
                mistake(
                        23,
                        "queue at version 2 in version 1",
                        () -> d().fields(qtailq("list", 2, GROWN, D::new)).build(),
                        "is never sent"),
                mistake(
                        24,
                        "queue above its element's version",
                        () -> d().versionId(3).fields(qtailq("list", 3, LEAF, D::new)).build(),
                        "written at version 1 of leaf and read at version 3",
                        "put a new queue into a subsection"),
                mistake(
                        25,
                        "count after its array",
                        () -> d().fields(uint32("arr").varray("n"), uint32("n")).build(),
                        "loaded before its count n"),
                mistake(
                        26,
                        "record component undeclared",
                        () ->
                                VMStateDescription.builder("p", Pair.class, MethodHandles.lookup())
                                        .fields(uint32("a"))
                                        .build(),
                        "component b",
                        "is not sent"),
                mistake(
                        27,
                        "native array(5) of 4",
                        () ->
                                VMStateDescription.builder(
                                                "m",
                                                MemoryLayout.structLayout(
                                                        MemoryLayout.sequenceLayout(
                                                                        4, ValueLayout.JAVA_INT)
                                                                .withName("r")))
                                        .fields(uint32("r").array(5))
                                        .build(),
                        "sends 5 elements, the member has 4"),
                mistake(
                        29,
                        "enum",
                        () -> d().fields(uint8("parity")).build(),
                        ".constants(Parity.class, Parity::ordinal)"),
                mistake(
                        29,
                        "String",
                        () -> d().fields(uint32("text")).build(),
                        "string(name, maxBytes)"),
                mistake(
                        29,
                        "Optional",
                        () -> d().fields(uint32("maybe")).build(),
                        "optional(name, type, field)"),
                mistake(
                        30,
                        "record loaded into an object",
                        () -> {
                            var pair =
                                    VMStateDescription.builder(
                                                    "p", Pair.class, MethodHandles.lookup())
                                            .fields(uint32("a"), string("b", 4))
                                            .build();
                            pair.load(WireReader.of(new byte[8]), new Pair(1, ""), 1);
                        },
                        "p describes records",
                        "load(reader, factory, versionId)"),
                mistake(
                        32,
                        "length that is not sent",
                        () ->
                                d().fields(
                                                vbuffer("text")
                                                        .length((D s) -> s.text.length())
                                                        .object(
                                                                (D s) ->
                                                                        s.text.getBytes(
                                                                                java.nio.charset
                                                                                        .StandardCharsets
                                                                                        .UTF_8),
                                                                (D s, byte[] v) ->
                                                                        s.text = Arrays.toString(v))
                                                        .allocate())
                                        .build(),
                        "send the length in a field",
                        "string(name, maxBytes)"),
                mistake(33, "needed(null)", () -> d().needed(null), "needed: the test is null"),
                mistake(
                        33,
                        "hint on a plain number",
                        () -> d().fields(uint32("a").hint("x")).build(),
                        "loading compares nothing"),
                mistake(
                        34,
                        "doubled paths",
                        () -> save(d().unmigratable().build(), new D()),
                        "d: 'd' cannot be migrated"),
                mistake(
                        36,
                        "null boxed number",
                        () -> {
                            D state = new D();
                            state.boxed = null;
                            save(d().fields(uint32("boxed")).build(), state);
                        },
                        "d > boxed: null where a number must be"),
                mistake(
                        38,
                        "array too short",
                        () -> save(array, withArray(3, 1, 2)),
                        "d > arr: 3 elements are to be saved, there are 2"),
                mistake(
                        39,
                        "null array",
                        () -> save(array, withArray(1, (int[]) null)),
                        "d > arr: null where uint32 must be"),
                mistake(
                        40,
                        "element of another class",
                        () -> {
                            D state = new D();
                            @SuppressWarnings("unchecked")
                            List<Object> any = (List<Object>) (List<?>) state.list;
                            any.add("text");
                            save(d().fields(qtailq("list", 1, LEAF, D::new)).build(), state);
                        },
                        "d > list[0]",
                        "java.lang.String where org.vmstate.TypicalMistakesTest$D must be"),
                mistake(
                        41,
                        "factory returns null",
                        () ->
                                load(
                                        d().fields(qtailq("list", 1, LEAF, () -> null)).build(),
                                        1,
                                        0,
                                        0,
                                        0,
                                        1,
                                        0),
                        "d > list[0]",
                        "the factory returned null"),
                mistake(
                        42,
                        "immutable list",
                        () -> {
                            D state = new D();
                            state.list = List.of();
                            d().fields(qtailq("list", 1, LEAF, D::new))
                                    .build()
                                    .load(WireReader.of(new byte[] {1, 0, 0, 0, 1, 0}), state, 1);
                        },
                        "d > list[0]",
                        "UnsupportedOperationException"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void isAnsweredByWhatHelps(Mistake mistake) {
        var thrown =
                assertThatThrownBy(() -> mistake.attempt().run())
                        .isInstanceOfAny(
                                IllegalArgumentException.class,
                                VMStateException.class,
                                IllegalStateException.class,
                                NullPointerException.class);
        for (String answer : mistake.answer()) {
            if (!answer.isEmpty()) {
                thrown.hasMessageContaining(answer);
            }
        }
    }

    /// A char has 16 bits, in objects and in native memory.
    @ParameterizedTest
    @MethodSource("chars")
    void charsAreUint16(VMStateDescription<?> description) {
        description.versionId();
    }

    static Stream<VMStateDescription<?>> chars() {
        return Stream.of(
                d().fields(uint16("letter")).build(),
                VMStateDescription.builder(
                                "m",
                                MemoryLayout.structLayout(ValueLayout.JAVA_CHAR.withName("letter")))
                        .fields(uint16("letter"))
                        .build());
    }
}
