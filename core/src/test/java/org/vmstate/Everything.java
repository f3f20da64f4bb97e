// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.vmstate.queue.ListQueue;
import org.vmstate.queue.TailQueue;

/// A state with a member of each kind to which a description can bind.
@SuppressWarnings("UnusedVariable") // private fields are read by descriptions
final class Everything extends EverythingBase {
    private boolean flag;
    private byte int8;
    private short int16;
    private int int32;
    private long int64;
    private double real;
    private char letter;
    private float single;
    private @Nullable Integer boxed;
    private @Nullable Parity parity = Parity.NONE;
    private @Nullable String text = "";
    private Optional<Integer> maybe = Optional.empty();
    private Optional<String> maybeText = Optional.empty();
    private final ByteBuffer buffer = ByteBuffer.allocate(8);
    private final char[] letters = new char[3];
    private final float[] singles = new float[2];
    private int wide8;
    private long wide32;
    int count;
    private short length;
    private final boolean[] flags = new boolean[5];
    private final byte[] bytes = new byte[9];
    private final short[] shorts = new short[7];
    private int @Nullable [] ints = new int[8];
    private final long[] longs = new long[6];
    private final int[] wides = new int[4];
    private final int[][] rows = new int[3][2];
    private int @Nullable [] made;
    private byte @Nullable [] log;
    private final long[] bits = new long[4];
    private @Nullable Inner inner = new Inner();
    private final Inner other = new Inner();
    private @Nullable Inner fresh;
    private final Inner[] inners = {new Inner(), new Inner(), new Inner()};
    private @Nullable Inner[] pointers = new Inner[6];
    private final List<Inner> listed = new ArrayList<>(List.of(new Inner(), new Inner()));
    private final TailQueue<Inner> queue = new TailQueue<>(e -> e.link);
    private final ListQueue<Inner> list = new ListQueue<>(e -> e.listLink);
    private final Deque<Inner> deque = new ArrayDeque<>();
    private final TreeMap<Long, Inner> tree = new TreeMap<>();
    private @Nullable Object custom = "";
    final List<String> calls = new ArrayList<>();

    enum Parity {
        NONE,
        ODD,
        EVEN
    }

    /// A member of the state.
    static final class Inner {
        private int a;
        private byte b;
        long c;
        private boolean d;
        private final byte[] e = new byte[3];
        private final short[] f = new short[2];
        private final Innermost innermost = new Innermost();
        private final TailQueue.Link<Inner> link = new TailQueue.Link<>();
        private final ListQueue.Link<Inner> listLink = new ListQueue.Link<>();
        final List<String> calls = new ArrayList<>();
    }

    /// Creates a state with random values; `shape` determines the numbers of pointers.
    static Everything random(Random random, long shape) {
        Everything state = new Everything();
        Random shapes = new Random(shape);
        for (int i = 0; i < state.pointers.length; i++) {
            state.pointers[i] = shapes.nextInt(3) == 0 ? null : new Inner();
        }
        fill(state, random);
        state.count = random.nextInt(12) == 0 ? random.nextInt() : random.nextInt(9);
        state.length = (short) (random.nextInt(12) == 0 ? random.nextInt() : random.nextInt(9));
        state.wide8 = random.nextInt(10) == 0 ? random.nextInt() : random.nextInt(-128, 256);
        state.wide32 = random.nextInt(10) == 0 ? random.nextLong() : random.nextInt();
        state.made = random.nextInt(8) == 0 ? null : random.ints(8).toArray();
        state.log = random.nextInt(8) == 0 ? null : new byte[8];
        if (random.nextInt(30) == 0) {
            state.ints = null;
        }
        if (random.nextInt(30) == 0) {
            state.inner = null;
        }
        state.custom = "c" + random.nextInt(100);
        state.boxed = random.nextInt(20) == 0 ? null : random.nextInt();
        state.parity = random.nextInt(20) == 0 ? null : Parity.values()[random.nextInt(3)];
        state.text =
                random.nextInt(20) == 0 ? null : "\u00e9\uD83D\uDE00x".repeat(random.nextInt(3));
        state.maybe = random.nextBoolean() ? Optional.empty() : Optional.of(random.nextInt());
        state.maybeText =
                random.nextBoolean() ? Optional.empty() : Optional.of("t" + random.nextInt(5));
        for (int i = 0; i < state.buffer.capacity(); i++) {
            state.buffer.put(i, (byte) random.nextInt());
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            state.queue.insertTail(fill(new Inner(), random));
            state.list.insertHead(fill(new Inner(), random));
            state.deque.add(fill(new Inner(), random));
            state.tree.put(random.nextLong(), fill(new Inner(), random));
        }
        return state;
    }

    private static <T> T fill(T state, Random random) {
        try {
            for (Class<?> c = state.getClass(); c != Object.class; c = c.getSuperclass()) {
                for (Field field : c.getDeclaredFields()) {
                    fill(state, field, random);
                }
            }
            return state;
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private static void fill(Object state, Field field, Random random)
            throws IllegalAccessException {
        field.setAccessible(true);
        Class<?> type = field.getType();
        if (Modifier.isStatic(field.getModifiers())) {
            return;
        }
        if (type.isPrimitive()) {
            field.set(state, number(type, random));
        } else {
            Object value = field.get(state);
            if (value instanceof Inner || value instanceof Innermost) {
                fill(value, random);
            } else if (type.isArray() && value != null) {
                elements(value, random);
            } else if (value instanceof ArrayList<?> list) {
                list.stream().filter(Inner.class::isInstance).forEach(e -> fill(e, random));
            }
        }
    }

    private static void elements(Object array, Random random) {
        for (int i = 0; i < Array.getLength(array); i++) {
            Class<?> type = array.getClass().getComponentType();
            if (type.isPrimitive()) {
                Array.set(array, i, number(type, random));
            } else if (type.isArray()) {
                elements(Array.get(array, i), random);
            } else if (Array.get(array, i) != null) {
                fill(Array.get(array, i), random);
            }
        }
    }

    private static Object number(Class<?> type, Random random) {
        long value = random.nextInt(6) == 0 ? 5 : random.nextLong();
        if (type == boolean.class) {
            return random.nextBoolean();
        } else if (type == byte.class) {
            return (byte) value;
        } else if (type == short.class) {
            return (short) value;
        } else if (type == int.class) {
            return (int) value;
        } else if (type == char.class) {
            return (char) value;
        } else if (type == float.class) {
            return random.nextFloat();
        } else if (type == double.class) {
            return random.nextDouble();
        }
        return value;
    }

    /// The whole content of a state as text.
    static String text(@Nullable Object value) {
        StringBuilder out = new StringBuilder();
        text(value, out);
        return out.toString();
    }

    private static void text(@Nullable Object value, StringBuilder out) {
        switch (value) {
            case EverythingBase s -> members(s, out);
            case Inner s -> members(s, out);
            case Innermost s -> members(s, out);
            case Iterable<?> elements -> elements.forEach(e -> text(e, out.append('|')));
            case Map<?, ?> map -> map.forEach((k, v) -> text(v, out.append(k).append('=')));
            case ByteBuffer buffer -> {
                for (int i = 0; i < buffer.capacity(); i++) {
                    out.append(',').append(buffer.get(i));
                }
            }
            case null -> out.append("null");
            case Object array when array.getClass().isArray() -> {
                for (int i = 0; i < Array.getLength(array); i++) {
                    text(Array.get(array, i), out.append(','));
                }
            }
            default -> out.append(value);
        }
    }

    private static void members(Object state, StringBuilder out) {
        out.append('{');
        for (Class<?> c = state.getClass(); c != Object.class; c = c.getSuperclass()) {
            for (Field field : c.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers())
                        || field.getName().toLowerCase(java.util.Locale.ROOT).endsWith("link")) {
                    continue;
                }
                try {
                    field.setAccessible(true);
                    text(field.get(state), out.append(field.getName()).append(':'));
                } catch (IllegalAccessException e) {
                    throw new AssertionError(e);
                }
                out.append(' ');
            }
        }
        out.append('}');
    }
}
