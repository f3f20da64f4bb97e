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
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.codec.Codec;
import org.vmstate.internal.plan.PlanLoader;
import org.vmstate.internal.plan.PlanSaver;
import org.vmstate.queue.TailQueue;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Exceptions of a state's code during save and load, with the plan and with compiled code.
final class FaultsTest {
    private static final String BOOM = "java.lang.IllegalStateException: boom";

    /// Whether the functions of the descriptions throw.
    private static boolean armed;

    /// Whether they throw an undeclared checked exception, as Kotlin code may.
    private static boolean undeclared;

    /// Whether states for loading are being created.
    private static boolean loading;

    @AfterEach
    void disarm() {
        armed = false;
        undeclared = false;
        loading = false;
    }

    private static long boom(long otherwise) {
        if (armed) {
            throw undeclared
                    ? FaultsTest.<RuntimeException>undeclared(new TimeoutException("boom"))
                    : new IllegalStateException("boom");
        }
        return otherwise;
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Exception> RuntimeException undeclared(Exception thrown) throws E {
        throw (E) thrown;
    }

    private static void boomDeclared() throws IOException {
        if (armed) {
            throw new IOException("boom");
        }
    }

    private static void refuse() throws IOException {
        if (armed) {
            throw new RefusedException("no");
        }
    }

    /// A defect of a state or its description.
    ///
    /// @param fields the fields, and other parts of the declaration
    /// @param spoil makes a valid state invalid
    /// @param path the path of the failure, below the description
    /// @param saving the message of saving it, null if it can be saved
    /// @param loading the message of loading into it, null if that succeeds
    record Fault<T>(
            String name,
            Consumer<VMStateDescriptionBuilder<T>> fields,
            Consumer<T> spoil,
            String path,
            @Nullable String saving,
            @Nullable String loading) {
        @Override
        public String toString() {
            return name;
        }
    }

    /// A kind of state with a number `x`, two `bytes` and a word of `bits`.
    record Kind<T>(
            Function<String, VMStateDescriptionBuilder<T>> builder,
            Supplier<T> make,
            Class<T> type) {
        /// A fault of one field.
        Fault<T> of(
                String name,
                VMStateField<? super T> field,
                String path,
                @Nullable String saving,
                @Nullable String loading) {
            return of(name, field, t -> {}, path, saving, loading);
        }

        /// A fault of one field and a state.
        Fault<T> of(
                String name,
                VMStateField<? super T> field,
                Consumer<T> spoil,
                String path,
                @Nullable String saving,
                @Nullable String loading) {
            return new Fault<>(
                    name, b -> b.fields(unused(1), field, unused(1)), spoil, path, saving, loading);
        }

        /// A fault of a description that has one field.
        Fault<T> ofHook(
                String name,
                Consumer<VMStateDescriptionBuilder<T>> hook,
                @Nullable String saving,
                @Nullable String loading) {
            return new Fault<>(
                    name, b -> hook.accept(b.fields(uint8("x"))), t -> {}, "", saving, loading);
        }

        Stream<Fault<T>> faults() {
            String noItem = "null where " + Item.class.getTypeName() + " must be";
            return Stream.of(
                    of("get", uint8("x").number((T t) -> boom(1), (t, v) -> {}), "x", BOOM, null),
                    of("set", uint8("x").number((T t) -> 1, (t, v) -> boom(v)), "x", null, BOOM),
                    of(
                            "get what must be equal",
                            uint8Equal("x").number((T t) -> boom(1), (t, v) -> {}),
                            "x",
                            BOOM,
                            BOOM),
                    of(
                            "get an array",
                            uint8("bytes").array(2).object((T t) -> new byte[(int) boom(2)]),
                            "bytes",
                            BOOM,
                            BOOM),
                    of(
                            "set an array",
                            vbuffer("bytes")
                                    .length((T t) -> 2)
                                    .object((T t) -> new byte[2], (t, v) -> boom(1))
                                    .allocate()
                                    .asQemuDoes("a test"),
                            "bytes",
                            null,
                            BOOM),
                    of("count", uint8("bytes").varray((T t) -> boom(2)), "bytes", BOOM, BOOM),
                    of("length", vbuffer("bytes").length((T t) -> boom(2)), "bytes", BOOM, BOOM),
                    of("bits", bitmap("bits").length((T t) -> boom(2)), "bits", BOOM, BOOM),
                    of(
                            "test of a number",
                            uint8("x").existsIf((T t, int v) -> boom(1) == 1),
                            "x",
                            BOOM,
                            BOOM),
                    of(
                            "test of an array",
                            vbuffer("bytes")
                                    .length((T t) -> 2)
                                    .existsIf((T t, int v) -> boom(1) == 1),
                            "bytes",
                            BOOM,
                            BOOM),
                    of("check", validate("c", (T t, int v) -> boom(1) == 1), "c", BOOM, BOOM),
                    of("kind of its own", custom("x", new Custom()), "x", BOOM, BOOM),
                    of(
                            "temporary",
                            VMStateFields.<T, Item>withTemporary(
                                    ZERO, t -> new Item((int) boom(1))),
                            "tmp",
                            BOOM,
                            BOOM),
                    of(
                            "no temporary",
                            VMStateFields.<T, Item>withTemporary(
                                    ZERO, t -> armed ? nothing() : new Item(1)),
                            "tmp",
                            noItem,
                            noItem),
                    ofHook("preSave", b -> b.preSave(t -> boom(1)), "preSave threw " + BOOM, null),
                    ofHook(
                            "postSave",
                            b -> b.postSave(t -> boom(1)),
                            "postSave threw " + BOOM,
                            null),
                    ofHook("preLoad", b -> b.preLoad(t -> boom(1)), null, "preLoad threw " + BOOM),
                    ofHook(
                            "postLoad",
                            b -> b.postLoad((t, v) -> boom(1)),
                            null,
                            "postLoad threw " + BOOM),
                    ofHook(
                            "hook with an IOException",
                            b -> b.preSave(t -> boomDeclared()).preLoad(t -> boomDeclared()),
                            "preSave threw java.io.IOException: boom",
                            "preLoad threw java.io.IOException: boom"),
                    ofHook(
                            "hook that refuses",
                            b -> b.postSave(t -> refuse()).postLoad((t, v) -> refuse()),
                            "no",
                            "no"),
                    new Fault<>(
                            "needed",
                            b ->
                                    b.fields(uint8("x"))
                                            .subsections(
                                                    builder.apply(SUBSECTION)
                                                            .needed(t -> boom(1) == 1)
                                                            .fields(uint8("x"))
                                                            .build()),
                            t -> {},
                            SUBSECTION,
                            BOOM,
                            null));
        }
    }

    /// A value that travels as one byte.
    static final class Item {
        int v;
        Shy shy = new Shy(1);
        final TailQueue.Link<Item> link = new TailQueue.Link<>();

        Item() {
            this(0);
        }

        Item(int v) {
            this.v = v;
        }
    }

    /// A value whose accessor throws.
    record Shy(int v) {
        @Override
        public int v() {
            return (int) boom(v);
        }
    }

    /// A value whose constructor refuses it.
    record Picky(int v) {
        Picky {
            if (armed) {
                throw new IllegalArgumentException("not " + v);
            }
        }
    }

    /// A kind of element that throws, and that loads something else than it saves.
    private static final class Custom implements VMStateInfo<Object> {
        @Override
        public String name() {
            return "custom";
        }

        @Override
        public Object load(WireReader reader, @Nullable Object current, VMStateField<?> field)
                throws IOException {
            boom(reader.u8());
            return current == null ? 1 : current;
        }

        @Override
        public void save(
                WireWriter writer,
                @Nullable Object value,
                VMStateField<?> field,
                @Nullable VmDescWriter vmdesc)
                throws IOException {
            boom(1);
            writer.u8(1);
        }
    }

    /// A kind of element that returns a number for a text.
    private static final class Numbers implements VMStateInfo<Object> {
        @Override
        public String name() {
            return "numbers";
        }

        @Override
        public Object load(WireReader reader, @Nullable Object current, VMStateField<?> field)
                throws IOException {
            return reader.u8();
        }

        @Override
        public void save(
                WireWriter writer,
                @Nullable Object value,
                VMStateField<?> field,
                @Nullable VmDescWriter vmdesc)
                throws IOException {
            writer.u8(1);
        }
    }

    /// A list whose iterator throws.
    private static final class Shaky extends ArrayList<Item> {
        private static final long serialVersionUID = 1L;

        private final boolean late;

        Shaky(boolean late) {
            super(List.of(new Item()));
            this.late = late;
        }

        @Override
        public Iterator<Item> iterator() {
            if (!late) {
                boom(1);
            }
            Iterator<Item> iterator = super.iterator();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return iterator.hasNext();
                }

                @Override
                public Item next() {
                    boom(1);
                    return iterator.next();
                }
            };
        }
    }

    @SuppressWarnings("UnusedVariable") // read by the descriptions
    static final class Part {
        int x = 1;
        byte[] bytes = {1, 2};
        long[] bits = {3};
        String text = "text";
        @Nullable Item item = new Item(4);
        Object[] items = {new Item(5)};
        List<Item> queue = new ArrayList<>(List.of(new Item(6)));
        final TailQueue<Item> linked = new TailQueue<>(i -> armed ? nothing() : i.link);
        final List<Shy> shy = new ArrayList<>(List.of(new Shy(7)));
        final List<Picky> picky = new ArrayList<>(List.of(new Picky(7)));
        SortedMap<Long, Item> tree = new TreeMap<>();
        SortedMap<Item, Item> keyed = new TreeMap<>((a, b) -> (int) boom(a.v - (long) b.v));

        Part() {
            linked.insertTail(new Item(8));
            tree.put(9L, new Item(9));
            keyed.put(new Item(1), new Item(2));
        }
    }

    private static final VMStateDescription<Item> ITEM = item("item", 1);
    private static final VMStateDescription<Item> ZERO = item("zero", 0);

    /// Because of the hooks, it is not saved and loaded together with adjacent fields.
    private static final VMStateDescription<Item> HOOKED =
            VMStateDescription.builder("hooked", Item.class, MethodHandles.lookup())
                    .preSave(i -> {})
                    .preLoad(i -> {})
                    .fields(uint8("v"))
                    .build();

    private static final VMStateDescription<Shy> SHY =
            VMStateDescription.builder("shy", Shy.class, MethodHandles.lookup())
                    .fields(uint8("v"))
                    .build();

    private static final VMStateDescription<Shy> SHY_LOADED =
            VMStateDescription.builder("shy", Shy.class, MethodHandles.lookup())
                    .fields(uint8("v"))
                    .postLoad((shy, version) -> boom(1))
                    .build();

    private static final VMStateDescription<Picky> PICKY =
            VMStateDescription.builder("picky", Picky.class, MethodHandles.lookup())
                    .fields(uint8("v"))
                    .build();

    private static VMStateDescription<Item> item(String name, int minimum) {
        return VMStateDescription.builder(name, Item.class, MethodHandles.lookup())
                .minimumVersionId(minimum)
                .fields(uint8("v"))
                .build();
    }

    private static final String OUTER = "outer";
    private static final String INNER = "outer/part";
    private static final String SUBSECTION = "outer/part/sub";

    private static final Kind<Part> OBJECTS =
            new Kind<>(
                    name -> VMStateDescription.builder(name, Part.class, MethodHandles.lookup()),
                    Part::new,
                    Part.class);

    private static final StructLayout PART =
            MemoryLayout.structLayout(
                    ValueLayout.JAVA_LONG.withName("bits"),
                    ValueLayout.JAVA_INT.withName("x"),
                    MemoryLayout.sequenceLayout(2, ValueLayout.JAVA_BYTE).withName("bytes"),
                    MemoryLayout.paddingLayout(2));

    private static final Kind<MemorySegment> MEMORY =
            new Kind<>(
                    name -> VMStateDescription.builder(name, PART),
                    () -> {
                        MemorySegment part = Arena.ofAuto().allocate(PART);
                        part.set(ValueLayout.JAVA_INT, 8, 1);
                        return part;
                    },
                    MemorySegment.class);

    private static Stream<Fault<Part>> faultsOfObjects() {
        String type = Item.class.getTypeName();
        String noItem = "null where " + type + " must be";
        String textForItem = "java.lang.String where " + type + " must be";
        String noneMade = "the factory returned null";
        List<Fault<Part>> faults = new ArrayList<>(OBJECTS.faults().toList());
        for (VMStateDescription<Item> item : List.of(ITEM, HOOKED)) {
            String of = " of " + item.name();
            Supplier<Item> none = () -> armed ? nothing() : new Item();
            Supplier<Object> text = () -> armed ? "text" : new Item();
            Supplier<Item> other = cast(text);
            VMStateField<Object> queue = qtailq("queue", 1, item, none);
            VMStateField<Object> sound = qtailq("queue", 1, item, Item::new);
            VMStateField<Object> linked = qtailq("linked", 1, item, Item::new);
            faults.add(
                    OBJECTS.of(
                            "null in a queue" + of,
                            queue,
                            p -> p.queue.set(0, nothing()),
                            "queue[0]",
                            noItem,
                            noneMade));
            faults.add(
                    OBJECTS.of(
                            "other class in a queue" + of,
                            qtailq("queue", 1, item, other),
                            p -> FaultsTest.<List<Object>>cast(p.queue).set(0, "text"),
                            "queue[0]",
                            textForItem,
                            textForItem));
            faults.add(
                    OBJECTS.of(
                            "factory of a queue" + of,
                            qtailq("queue", 1, item, () -> new Item((int) boom(1))),
                            "queue[0]",
                            null,
                            BOOM));
            faults.add(
                    OBJECTS.of(
                            "iterator" + of,
                            sound,
                            p -> p.queue = new Shaky(false),
                            "queue",
                            BOOM,
                            null));
            faults.add(
                    OBJECTS.of(
                            "next of an iterator" + of,
                            sound,
                            p -> p.queue = new Shaky(true),
                            "queue[0]",
                            BOOM,
                            null));
            faults.add(
                    OBJECTS.of(
                            "queue that cannot grow" + of,
                            sound,
                            p -> p.queue = Collections.unmodifiableList(p.queue),
                            "queue[0]",
                            null,
                            "java.lang.UnsupportedOperationException"));
            faults.add(
                    OBJECTS.of(
                            "link of an element" + of,
                            linked,
                            "linked[0]",
                            "java.lang.NullPointerException: element without a link",
                            "java.lang.NullPointerException: element without a link"));
            faults.add(
                    OBJECTS.of(
                            "null in a tree" + of,
                            gtreeDirect("tree", 1, item, none),
                            p -> p.tree.put(9L, nothing()),
                            "tree[0]",
                            noItem,
                            noneMade));
            faults.add(
                    OBJECTS.of(
                            "other class in a struct" + of,
                            struct("items", item).array(1),
                            p -> p.items[0] = "text",
                            "items[0]",
                            textForItem,
                            textForItem));
            faults.add(
                    OBJECTS.of(
                            "other class in pointers" + of,
                            struct("items", item).array(1).pointers(),
                            p -> p.items[0] = "text",
                            "items[0]",
                            textForItem,
                            textForItem));
            faults.add(
                    OBJECTS.of(
                            "null struct" + of,
                            struct("item", item),
                            p -> p.item = null,
                            "item",
                            "null where struct must be",
                            "null where struct must be"));
            faults.add(
                    OBJECTS.of(
                            "factory of a struct" + of,
                            struct("item", item).allocate(none),
                            "item",
                            null,
                            noneMade));
        }
        faults.add(
                OBJECTS.of(
                        "comparator",
                        gtree("keyed", 1, ITEM, Item::new, ITEM, Item::new),
                        "keyed[0]",
                        null,
                        BOOM));
        faults.add(
                OBJECTS.of(
                        "null key",
                        gtreeDirect("tree", 1, ITEM, Item::new),
                        p -> {
                            p.tree = new TreeMap<>((_, _) -> 0);
                            p.tree.put(nothing(), new Item());
                        },
                        "tree[0]",
                        "null where java.lang.Long must be",
                        null));
        faults.add(
                OBJECTS.of(
                        "no map",
                        gtreeDirect("tree", 1, ITEM, Item::new)
                                .object((Part p) -> armed ? "text" : p.tree),
                        "tree",
                        "java.lang.String where java.util.SortedMap must be",
                        "java.lang.String where java.util.SortedMap must be"));
        faults.add(
                OBJECTS.of("record's accessor", qtailq("shy", 1, SHY), "shy[0] > v", BOOM, null));
        faults.add(
                OBJECTS.of(
                        "record's constructor",
                        qtailq("picky", 1, PICKY),
                        "picky[0]",
                        null,
                        "the constructor threw java.lang.IllegalArgumentException: not 7"));
        faults.add(
                OBJECTS.of(
                        "kind of its own that returns another class",
                        custom("text", new Numbers()),
                        "text",
                        null,
                        "java.lang.Integer where java.lang.String must be"));
        faults.add(
                OBJECTS.of(
                        "no array",
                        buffer("bytes", 2).object((Part p) -> armed ? "text" : p.bytes),
                        "bytes",
                        "java.lang.String where an array must be",
                        "java.lang.String where an array must be"));
        faults.add(
                OBJECTS.of(
                        "other array",
                        buffer("bytes", 1).object((Part p) -> armed ? p.bits : p.bytes),
                        "bytes",
                        "long[] where byte[] must be",
                        "long[] where byte[] must be"));
        faults.add(
                OBJECTS.of(
                        "null number",
                        uint8("x").object((Part p) -> armed ? null : (Object) 1, (p, v) -> {}),
                        "x",
                        "null where a number must be",
                        null));
        return faults.stream();
    }

    private static Stream<Fault<MemorySegment>> faultsOfMemory() {
        return MEMORY.faults();
    }

    private static Stream<Arguments> inPlaces(Stream<? extends Fault<?>> faults) {
        return faults.flatMap(f -> Stream.of(Place.values()).map(p -> Arguments.of(f, p)));
    }

    static Stream<Arguments> objects() {
        return inPlaces(faultsOfObjects());
    }

    static Stream<Arguments> memory() {
        return inPlaces(faultsOfMemory());
    }

    /// The position of the faulty description.
    enum Place {
        TOP("") {
            @Override
            <T> Subject<?> subject(Kind<T> kind, VMStateDescription<T> faulty, Supplier<T> make) {
                return new Subject<>(faulty, make);
            }
        },
        STRUCT("value") {
            @Override
            <T> Subject<?> subject(Kind<T> kind, VMStateDescription<T> faulty, Supplier<T> make) {
                return holder(struct("value", faulty), h -> h.value = make.get());
            }
        },
        STRUCTS("structs[0]") {
            @Override
            <T> Subject<?> subject(Kind<T> kind, VMStateDescription<T> faulty, Supplier<T> make) {
                return holder(struct("structs", faulty).array(1), h -> h.structs[0] = make.get());
            }
        },
        QUEUE("queue[0]") {
            @Override
            <T> Subject<?> subject(Kind<T> kind, VMStateDescription<T> faulty, Supplier<T> make) {
                return holder(
                        qtailq("queue", 1, faulty, make),
                        h -> {
                            if (!loading) {
                                h.queue.add(make.get());
                            }
                        });
            }
        },
        TREE("tree[0]") {
            @Override
            <T> Subject<?> subject(Kind<T> kind, VMStateDescription<T> faulty, Supplier<T> make) {
                return holder(
                        gtreeDirect("tree", 1, faulty, make),
                        h -> {
                            if (!loading) {
                                h.tree.put(1L, make.get());
                            }
                        });
            }
        },
        SUBSECTION(INNER) {
            @Override
            <T> Subject<?> subject(Kind<T> kind, VMStateDescription<T> faulty, Supplier<T> make) {
                return new Subject<>(
                        kind.builder.apply(OUTER).fields(uint8("x")).subsections(faulty).build(),
                        make);
            }
        };

        private final String path;

        Place(String path) {
            this.path = path;
        }

        abstract <T> Subject<?> subject(
                Kind<T> kind, VMStateDescription<T> faulty, Supplier<T> make);

        String path(String inner) {
            return path.isEmpty() || inner.isEmpty() ? path + inner : path + " > " + inner;
        }

        private static Subject<Holder> holder(
                VMStateField<? super Holder> field, Consumer<Holder> fill) {
            return new Subject<>(
                    VMStateDescription.builder(OUTER, Holder.class, MethodHandles.lookup())
                            .fields(uint8("before"), field)
                            .build(),
                    () -> {
                        Holder holder = new Holder();
                        fill.accept(holder);
                        return holder;
                    });
        }
    }

    /// A state that contains one with a faulty description.
    @SuppressWarnings("UnusedVariable") // read by the description
    static final class Holder {
        int before;
        @Nullable Object value;
        final @Nullable Object[] structs = new Object[1];
        final List<Object> queue = new ArrayList<>();
        final SortedMap<Long, Object> tree = new TreeMap<>();
    }

    /// A description and the factory of its states.
    record Subject<T>(VMStateDescription<T> description, Supplier<T> make) {
        byte[] sound() throws IOException {
            WireWriter writer = WireWriter.toMemory();
            description.save(writer, make.get());
            writer.zeros(4);
            return writer.toByteArray();
        }

        void checkSaving(String path, @Nullable String expected) throws IOException {
            Layout layout = description.layout();
            Object first = make.get();
            Object second = make.get();
            armed = true;
            Outcome planned =
                    Outcome.of(
                            () ->
                                    new PlanSaver(WireWriter.toMemory())
                                            .body(layout, first, layout.version(), null));
            Outcome compiled =
                    Outcome.of(() -> new Codec(layout).save(WireWriter.toMemory(), second, null));
            armed = false;
            planned.check(path, expected, false);
            compiled.check(path, expected, false);
        }

        void checkLoading(byte[] bytes, String path, @Nullable String expected) throws IOException {
            Layout layout = description.layout();
            loading = true;
            Object first = make.get();
            Object second = make.get();
            armed = true;
            Outcome planned =
                    Outcome.of(
                            () ->
                                    new PlanLoader(WireReader.of(bytes))
                                            .outermost(layout, first, layout.version()));
            Outcome compiled =
                    Outcome.of(
                            () ->
                                    new Codec(layout)
                                            .load(WireReader.of(bytes), second, layout.version()));
            armed = false;
            loading = false;
            planned.check(path, expected, true);
            compiled.check(path, expected, true);
            assertThat(String.valueOf(compiled.thrown)).isEqualTo(String.valueOf(planned.thrown));
        }
    }

    /// The outcome of an attempt.
    record Outcome(@Nullable VMStateException thrown) {
        static Outcome of(Attempt attempt) throws IOException {
            try {
                attempt.run();
                return new Outcome(null);
            } catch (VMStateException e) {
                return new Outcome(e);
            }
        }

        void check(String path, @Nullable String expected, boolean loading) {
            VMStateException e = thrown;
            if (expected == null || e == null) {
                assertThat(String.valueOf(e)).isEqualTo(String.valueOf(expected));
                return;
            }
            assertThat(e).isInstanceOf(RefusedException.class);
            assertThat(e.path()).isEqualTo(path);
            assertThat(e.detail())
                    .isEqualTo(
                            undeclared
                                    ? expected.replace(
                                            BOOM, TimeoutException.class.getName() + ": boom")
                                    : expected);
            assertThat(e.offset() >= 0).isEqualTo(loading);
            if (expected.endsWith("boom")) {
                assertThat(e.getCause()).hasMessage("boom");
            }
        }
    }

    /// An action that may throw.
    @FunctionalInterface
    interface Attempt {
        void run() throws IOException;
    }

    @ParameterizedTest
    @MethodSource("objects")
    void faultsOfObjectsAreRefusedWithTheirPath(Fault<Part> fault, Place place) throws IOException {
        check(OBJECTS, fault, place);
        undeclared = true;
        check(OBJECTS, fault, place);
    }

    @ParameterizedTest
    @MethodSource("memory")
    void faultsOfMemoryAreRefusedWithTheirPath(Fault<MemorySegment> fault, Place place)
            throws IOException {
        check(MEMORY, fault, place);
        undeclared = true;
        check(MEMORY, fault, place);
    }

    @Test
    void freedMemoryIsRefusedWithThePathOfTheField() throws IOException {
        String closed = "java.lang.IllegalStateException: Already closed";
        Map<String, VMStateField<? super MemorySegment>> fields =
                Map.of(
                        "x", uint32("x"),
                        "bytes", buffer("bytes", 2),
                        "bits", bitmap("bits").length((MemorySegment m) -> 2));
        for (Map.Entry<String, VMStateField<? super MemorySegment>> field : fields.entrySet()) {
            Subject<MemorySegment> subject =
                    new Subject<>(
                            VMStateDescription.builder(INNER, PART)
                                    .fields(unused(1), field.getValue())
                                    .build(),
                            () -> {
                                try (Arena arena = Arena.ofConfined()) {
                                    return arena.allocate(PART);
                                }
                            });
            subject.checkSaving(field.getKey(), closed);
            subject.checkLoading(new byte[16], field.getKey(), closed);
        }
    }

    @Test
    void hooksOfRecordsAreRefused() throws IOException {
        Subject<Picky> subject =
                new Subject<>(
                        VMStateDescription.builder(INNER, Picky.class, MethodHandles.lookup())
                                .fields(uint8("v"))
                                .preSave(p -> boom(1))
                                .build(),
                        () -> new Picky(1));
        subject.checkSaving("", "preSave threw " + BOOM);
        VMStateDescription<Item> description =
                VMStateDescription.builder(INNER, Item.class, MethodHandles.lookup())
                        .fields(struct("item", SHY_LOADED).named("shy"))
                        .build();
        armed = true;
        assertThatThrownBy(() -> description.load(WireReader.of(new byte[4]), Item::new, 1))
                .hasMessage(
                        "outer/part > item: postLoad threw java.lang.IllegalStateException: boom"
                                + " (offset 0x1)");
    }

    private static <T> void check(Kind<T> kind, Fault<T> fault, Place place) throws IOException {
        VMStateDescriptionBuilder<T> builder = kind.builder.apply(INNER);
        fault.fields.accept(builder);
        VMStateDescription<T> faulty = builder.build();
        byte[] bytes = place.subject(kind, faulty, kind.make).sound();
        Supplier<T> spoilt =
                () -> {
                    boolean before = armed;
                    armed = false;
                    T state = kind.make.get();
                    fault.spoil.accept(state);
                    armed = before;
                    return state;
                };
        Subject<?> subject = place.subject(kind, faulty, spoilt);
        subject.checkSaving(place.path(fault.path), fault.saving);
        subject.checkLoading(bytes, place.path(fault.path), fault.loading);
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // deliberate misuse
    private static <T> T nothing() {
        return null;
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // deliberate misuse
    private static <T> T cast(Object value) {
        return (T) value;
    }
}
