// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.vmstate.VMStateFields.*;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.vmstate.Layouts;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDescriptionBuilder;
import org.vmstate.VMStateField;
import org.vmstate.VMStateInfo;
import org.vmstate.internal.plan.PlanLoader;
import org.vmstate.internal.plan.PlanSaver;
import org.vmstate.queue.TailQueue;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// States with any number of fields: objects of generated classes, and structures in native memory.
abstract class BigStates<T> {
    private static final AtomicInteger CLASSES = new AtomicInteger();

    /// The types of the fields.
    enum Kind {
        NUMBERS,
        WIDE_NUMBERS,
        MIXED,
        STRUCTS,
        HOOKED_STRUCTS,
        ARRAYS,
        QUEUES,
        QUEUES_OF_BODIES,
        POINTERS,
        SUBSECTIONS,
        TESTED,
        VARYING,
        CUSTOM,
        PLANNED
    }

    final Kind kind;
    final int size;

    BigStates(Kind kind, int size) {
        this.kind = kind;
        this.size = size;
    }

    /// States that are objects.
    static BigStates<Object> ofObjects(Kind kind, int size) {
        return new OfObjects(kind, size);
    }

    /// States that are in native memory.
    static BigStates<MemorySegment> ofMemory(Kind kind, int size, Arena arena) {
        return new OfMemory(kind, size, arena);
    }

    /// The description of the states.
    abstract VMStateDescription<T> description();

    /// A state with random values.
    abstract T filled(long seed) throws IOException;

    /// A state for loading.
    abstract T fresh();

    final VMStateDescription<T> describe(
            VMStateDescriptionBuilder<T> builder,
            VMStateDescription<?> inner,
            VMStateDescription<?> hooked,
            IntFunction<VMStateDescriptionBuilder<T>> subsections) {
        for (int i = 0; i < size; i++) {
            if (kind == Kind.SUBSECTIONS) {
                int n = i;
                builder.subsections(
                        subsections
                                .apply(i)
                                .needed(_ -> n % 5 != 3)
                                .fields(uint32("f" + i))
                                .build());
            } else {
                builder.fields(field("f" + i, i, inner, hooked));
            }
        }
        return builder.build();
    }

    private VMStateField<Object> field(
            String name, int i, VMStateDescription<?> inner, VMStateDescription<?> hooked) {
        return switch (kind) {
            case NUMBERS, SUBSECTIONS -> uint32(name);
            case WIDE_NUMBERS -> uint16(name);
            case MIXED -> i % 2 == 0 ? uint32(name) : struct(name, inner);
            case STRUCTS -> struct(name, inner);
            case HOOKED_STRUCTS -> struct(name, hooked);
            case ARRAYS -> uint32(name).array(4);
            case QUEUES -> queue(name, inner);
            case QUEUES_OF_BODIES -> queue(name, hooked);
            case POINTERS -> struct(name, inner).array(4).pointers();
            case TESTED -> uint32(name).existsIf((_, _) -> i % 3 != 1);
            case VARYING -> i == 0 ? uint32(name) : uint32(name).varray("f0");
            case CUSTOM -> custom(name, new Length());
            case PLANNED -> uint32(name).array(2).pointers();
        };
    }

    abstract VMStateField<Object> queue(String name, VMStateDescription<?> inner);

    /// A nested structure.
    static final class Inner {
        int a;
        short b;
        long c;
        byte d;
        int[] r = new int[4];
        byte[] buf = new byte[8];
        final TailQueue.Link<Inner> link = new TailQueue.Link<>();

        static final VMStateDescription<Inner> VMSTATE =
                VMStateDescription.builder("inner", Inner.class, MethodHandles.lookup())
                        .fields(innerFields())
                        .build();

        static final VMStateDescription<Inner> HOOKED =
                VMStateDescription.builder("hooked", Inner.class, MethodHandles.lookup())
                        .fields(innerFields())
                        .preSave(_ -> {})
                        .postLoad((_, _) -> {})
                        .build();

        static Inner random(Random random) {
            Inner inner = new Inner();
            inner.a = random.nextInt();
            inner.b = (short) random.nextInt();
            inner.c = random.nextLong();
            inner.d = (byte) random.nextInt();
            inner.r = random.ints(4).toArray();
            random.nextBytes(inner.buf);
            return inner;
        }
    }

    static VMStateField<Object>[] innerFields() {
        @SuppressWarnings("unchecked")
        VMStateField<Object>[] fields =
                (VMStateField<Object>[])
                        new VMStateField<?>[] {
                            uint32("a"),
                            uint16("b"),
                            uint64("c"),
                            uint8("d"),
                            uint32("r").array(4),
                            buffer("buf", 8)
                        };
        return fields;
    }

    /// A value that is a number of bytes long.
    private static final class Length implements VMStateInfo<Object> {
        @Override
        public String name() {
            return "length";
        }

        @Override
        public @Nullable Object load(
                WireReader reader, @Nullable Object current, VMStateField<?> field)
                throws IOException {
            reader.skip(reader.u8());
            return current;
        }

        @Override
        public void save(
                WireWriter writer,
                @Nullable Object value,
                VMStateField<?> field,
                @Nullable VmDescWriter vmdesc)
                throws IOException {
            writer.u8(3);
            writer.zeros(3);
        }
    }

    private static final class OfObjects extends BigStates<Object> {
        private final Class<?> type;
        private final List<Field> fields = new ArrayList<>();

        OfObjects(Kind kind, int size) {
            super(kind, size);
            type = define();
            try {
                for (int i = 0; i < size; i++) {
                    Field field = type.getDeclaredField("f" + i);
                    field.setAccessible(true);
                    fields.add(field);
                }
            } catch (NoSuchFieldException e) {
                throw new AssertionError(e);
            }
        }

        private Class<?> define() {
            String name = BigStates.class.getPackageName() + ".Big" + CLASSES.incrementAndGet();
            byte[] bytes =
                    ClassFile.of()
                            .build(
                                    ClassDesc.of(name),
                                    made -> {
                                        for (int i = 0; i < size; i++) {
                                            made.withField(
                                                    "f" + i,
                                                    member(i).describeConstable().orElseThrow(),
                                                    0);
                                        }
                                        made.withMethodBody(
                                                ConstantDescs.INIT_NAME,
                                                ConstantDescs.MTD_void,
                                                0,
                                                code ->
                                                        code.aload(0)
                                                                .invokespecial(
                                                                        ConstantDescs.CD_Object,
                                                                        ConstantDescs.INIT_NAME,
                                                                        ConstantDescs.MTD_void)
                                                                .return_());
                                    });
            try {
                return MethodHandles.lookup().defineClass(bytes);
            } catch (IllegalAccessException e) {
                throw new AssertionError(e);
            }
        }

        private Class<?> member(int i) {
            return switch (kind) {
                case NUMBERS, SUBSECTIONS, TESTED -> int.class;
                case WIDE_NUMBERS -> long.class;
                case MIXED -> i % 2 == 0 ? int.class : Inner.class;
                case STRUCTS, HOOKED_STRUCTS -> Inner.class;
                case ARRAYS -> int[].class;
                case QUEUES, QUEUES_OF_BODIES -> TailQueue.class;
                case POINTERS -> Inner[].class;
                case VARYING -> i == 0 ? int.class : int[].class;
                case CUSTOM -> String.class;
                case PLANNED -> Integer[].class;
            };
        }

        @Override
        VMStateDescription<Object> description() {
            return describe(builder("big"), Inner.VMSTATE, Inner.HOOKED, i -> builder("big/" + i));
        }

        @SuppressWarnings("unchecked") // the class is generated, so it has no name in source code
        private VMStateDescriptionBuilder<Object> builder(String name) {
            return VMStateDescription.builder(name, (Class<Object>) type, MethodHandles.lookup());
        }

        @Override
        VMStateField<Object> queue(String name, VMStateDescription<?> inner) {
            @SuppressWarnings("unchecked")
            VMStateDescription<Inner> typed = (VMStateDescription<Inner>) inner;
            return qtailq(name, 1, typed, Inner::new);
        }

        @Override
        Object filled(long seed) {
            return make(new Random(seed));
        }

        @Override
        Object fresh() {
            return make(null);
        }

        private Object make(@Nullable Random random) {
            try {
                var constructor = type.getDeclaredConstructor();
                constructor.setAccessible(true);
                Object state = constructor.newInstance();
                for (int i = 0; i < size; i++) {
                    fields.get(i).set(state, value(i, random));
                }
                return state;
            } catch (ReflectiveOperationException e) {
                throw new LinkageError(e.getMessage(), e);
            }
        }

        private Object value(int i, @Nullable Random random) {
            Class<?> type = member(i);
            if (type == int.class) {
                return kind == Kind.VARYING ? 3 : random == null ? 0 : random.nextInt();
            } else if (type == long.class) {
                return random == null ? 0L : (long) random.nextInt(1 << 16);
            } else if (type == Inner.class) {
                return random == null ? new Inner() : Inner.random(random);
            } else if (type == int[].class) {
                return random == null ? new int[4] : random.ints(4).toArray();
            } else if (type == TailQueue.class) {
                TailQueue<Inner> queue = new TailQueue<>(e -> e.link);
                if (random != null) {
                    queue.insertTail(Inner.random(random));
                    if (i % 7 == 0) {
                        queue.insertTail(Inner.random(random));
                    }
                }
                return queue;
            } else if (type == Inner[].class) {
                return new Inner[] {inner(random), inner(random), null, inner(random)};
            } else if (type == Integer[].class) {
                return new Integer[] {random == null ? 0 : random.nextInt(), null};
            }
            return "text";
        }

        private static Inner inner(@Nullable Random random) {
            return random == null ? new Inner() : Inner.random(random);
        }
    }

    private static final class OfMemory extends BigStates<MemorySegment> {
        private static final StructLayout LINKS = MemoryLayout.structLayout(ADDRESS, ADDRESS);
        private static final StructLayout INNER =
                MemoryLayout.structLayout(
                        JAVA_INT.withName("a"),
                        JAVA_SHORT.withName("b"),
                        JAVA_BYTE.withName("d"),
                        MemoryLayout.paddingLayout(1),
                        JAVA_LONG.withName("c"),
                        MemoryLayout.sequenceLayout(4, JAVA_INT).withName("r"),
                        MemoryLayout.sequenceLayout(8, JAVA_BYTE).withName("buf"),
                        LINKS.withName("link"));

        private final Arena arena;
        private final StructLayout layout;
        private final VMStateDescription<MemorySegment> inner =
                VMStateDescription.builder("inner", INNER).fields(innerFields()).build();
        private final VMStateDescription<MemorySegment> hooked =
                VMStateDescription.builder("hooked", INNER)
                        .fields(innerFields())
                        .preSave(_ -> {})
                        .postLoad((_, _) -> {})
                        .build();

        OfMemory(Kind kind, int size, Arena arena) {
            super(kind, size);
            this.arena = arena;
            MemoryLayout[] members = new MemoryLayout[size];
            for (int i = 0; i < size; i++) {
                members[i] = member(i).withName("f" + i);
            }
            layout = packed(members);
        }

        private static StructLayout packed(MemoryLayout[] members) {
            List<MemoryLayout> padded = new ArrayList<>();
            long at = 0;
            for (MemoryLayout member : members) {
                long gap = -at & (member.byteAlignment() - 1);
                if (gap > 0) {
                    padded.add(MemoryLayout.paddingLayout(gap));
                }
                padded.add(member);
                at += gap + member.byteSize();
            }
            return MemoryLayout.structLayout(padded.toArray(MemoryLayout[]::new));
        }

        @SuppressWarnings("restricted") // pointers to numbers
        private MemoryLayout member(int i) {
            return switch (kind) {
                case NUMBERS, SUBSECTIONS, TESTED, CUSTOM -> JAVA_INT;
                case WIDE_NUMBERS -> JAVA_LONG;
                case MIXED -> i % 2 == 0 ? JAVA_INT : INNER;
                case STRUCTS, HOOKED_STRUCTS -> INNER;
                case ARRAYS -> MemoryLayout.sequenceLayout(4, JAVA_INT);
                case QUEUES, QUEUES_OF_BODIES -> LINKS;
                case POINTERS -> MemoryLayout.sequenceLayout(4, ADDRESS);
                case VARYING -> i == 0 ? JAVA_INT : MemoryLayout.sequenceLayout(4, JAVA_INT);
                case PLANNED -> MemoryLayout.sequenceLayout(2, ADDRESS.withTargetLayout(JAVA_INT));
            };
        }

        @Override
        VMStateDescription<MemorySegment> description() {
            return describe(
                    VMStateDescription.builder("big", layout),
                    inner,
                    hooked,
                    i -> VMStateDescription.builder("big/" + i, layout));
        }

        @Override
        VMStateField<Object> queue(String name, VMStateDescription<?> elements) {
            @SuppressWarnings("unchecked")
            VMStateDescription<MemorySegment> typed = (VMStateDescription<MemorySegment>) elements;
            return qtailq(name, 1, typed, () -> arena.allocate(INNER)).link("link");
        }

        /// Initialized by loading what an object saves.
        @Override
        MemorySegment filled(long seed) throws IOException {
            BigStates<Object> objects = ofObjects(kind, size);
            WireWriter writer = WireWriter.toMemory();
            new PlanSaver(writer)
                    .body(Layouts.of(objects.description()), objects.filled(seed), 1, null);
            MemorySegment state = fresh();
            new PlanLoader(WireReader.of(writer.toByteArray()))
                    .body(Layouts.of(description()), state, 1);
            return state;
        }

        @Override
        MemorySegment fresh() {
            MemorySegment state = arena.allocate(layout);
            if (kind == Kind.POINTERS || kind == Kind.PLANNED) {
                int length = kind == Kind.POINTERS ? 4 : 2;
                for (int i = 0; i < size * length; i++) {
                    boolean isNull = i % length == (kind == Kind.POINTERS ? 2 : 1);
                    state.setAtIndex(
                            ADDRESS, i, isNull ? MemorySegment.NULL : arena.allocate(INNER));
                }
            }
            return state;
        }
    }
}
