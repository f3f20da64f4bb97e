// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.StateFault;

/// Operations on the elements of Java arrays, lists and bit sets, and on boxed numbers.
public final class Elements {
    private Elements() {}

    /// Returns the number in a box: a boolean is 0 or 1, a floating-point number is its bits.
    public static long unbox(@Nullable Object box) {
        return switch (box) {
            case Boolean b -> b ? 1 : 0;
            case Double d -> Double.doubleToRawLongBits(d);
            case Float f -> Float.floatToRawIntBits(f);
            case Character c -> c;
            case Byte b -> b;
            case Short s -> s;
            case Integer i -> i;
            case Long l -> l;
            case null -> throw new StateFault("null where a number must be");
            default ->
                    throw new StateFault(
                            "a " + box.getClass().getName() + " where a number must be");
        };
    }

    /// Returns a number boxed in the class of `like`, or as a `Long` if that is null.
    static Object box(long value, @Nullable Object like) {
        return box(value, like == null ? Long.class : like.getClass());
    }

    /// Returns a number boxed in `type`, a box class or a primitive type.
    public static Object box(long value, Class<?> type) {
        if (type == boolean.class || type == Boolean.class) {
            return value != 0;
        } else if (type == byte.class || type == Byte.class) {
            return (byte) value;
        } else if (type == short.class || type == Short.class) {
            return (short) value;
        } else if (type == int.class || type == Integer.class) {
            return (int) value;
        } else if (type == char.class || type == Character.class) {
            return (char) value;
        } else if (type == float.class || type == Float.class) {
            return Float.intBitsToFloat((int) value);
        } else if (type == double.class || type == Double.class) {
            return Double.longBitsToDouble(value);
        }
        return value;
    }

    /// Returns the size in bytes of a primitive integer type.
    static int integerBytes(Class<?> type) {
        if (type == byte.class) {
            return Byte.BYTES;
        } else if (type == short.class || type == char.class) {
            return Short.BYTES;
        }
        return type == int.class ? Integer.BYTES : Long.BYTES;
    }

    static int length(Object elements) {
        return switch (elements) {
            case List<?> list -> list.size();
            case BitSet _ -> Integer.MAX_VALUE / Long.SIZE;
            case ByteBuffer buffer -> buffer.capacity();
            case MemorySegment memory -> (int) Math.min(memory.byteSize(), Integer.MAX_VALUE);
            case Object[] array when isRows(array) -> array.length * rowLength(array);
            case Object array when array.getClass().isArray() -> Array.getLength(array);
            default ->
                    throw new StateFault(
                            elements.getClass().getTypeName() + " where an array must be");
        };
    }

    static long number(Object elements, int index) {
        return switch (elements) {
            case byte[] a -> a[index];
            case short[] a -> a[index];
            case int[] a -> a[index];
            case long[] a -> a[index];
            case boolean[] a -> a[index] ? 1 : 0;
            case char[] a -> a[index];
            case float[] a -> Float.floatToRawIntBits(a[index]);
            case double[] a -> Double.doubleToRawLongBits(a[index]);
            case BitSet bits -> word(bits, index);
            case Object[] a when isRows(a) -> number(a[index / rowLength(a)], index % rowLength(a));
            default -> unbox(object(elements, index));
        };
    }

    static void number(Object elements, int index, long value) {
        switch (elements) {
            case byte[] a -> a[index] = (byte) value;
            case short[] a -> a[index] = (short) value;
            case int[] a -> a[index] = (int) value;
            case long[] a -> a[index] = value;
            case boolean[] a -> a[index] = value != 0;
            case char[] a -> a[index] = (char) value;
            case float[] a -> a[index] = Float.intBitsToFloat((int) value);
            case double[] a -> a[index] = Double.longBitsToDouble(value);
            case BitSet bits -> word(bits, index, value);
            case Object[] a when isRows(a) ->
                    number(a[index / rowLength(a)], index % rowLength(a), value);
            case Object[] a -> {
                Class<?> type = a.getClass().getComponentType();
                a[index] = type == Object.class ? box(value, a[index]) : box(value, type);
            }
            default -> object(elements, index, box(value, object(elements, index)));
        }
    }

    static @Nullable Object object(Object elements, int index) {
        return switch (elements) {
            case List<?> list -> list.get(index);
            case Object[] a when isRows(a) -> object(a[index / rowLength(a)], index % rowLength(a));
            case Object[] a -> a[index];
            default -> Array.get(elements, index);
        };
    }

    static void object(Object elements, int index, @Nullable Object value) {
        switch (elements) {
            case List<?> list -> {
                @SuppressWarnings("unchecked")
                List<@Nullable Object> objects = (List<@Nullable Object>) list;
                objects.set(index, value);
            }
            case Object[] a when isRows(a) ->
                    object(a[index / rowLength(a)], index % rowLength(a), value);
            case Object[] a -> a[index] = value;
            default -> Array.set(elements, index, value);
        }
    }

    /// Returns new elements for a member of a type; if the type is only `Object`, in the array of
    /// the smallest component type that can hold them.
    static Object allocate(Class<?> type, Element element, int count) {
        if (type.isArray()) {
            return Array.newInstance(type.getComponentType(), count);
        }
        if (type == BitSet.class) {
            return new BitSet(count);
        }
        if (type == ByteBuffer.class) {
            return ByteBuffer.allocate(count);
        }
        if (type == MemorySegment.class) {
            return MemorySegment.ofArray(new byte[count]);
        }
        if (type.isAssignableFrom(ArrayList.class) && type != Object.class) {
            return new ArrayList<@Nullable Object>(Collections.nCopies(count, null));
        }
        return Array.newInstance(narrowest(element), count);
    }

    /// Returns all bytes of a buffer, regardless of the position and limit of a `ByteBuffer`.
    static MemorySegment bytes(Object buffer) {
        return switch (buffer) {
            case byte[] array -> MemorySegment.ofArray(array);
            case ByteBuffer bytes -> MemorySegment.ofBuffer(bytes.duplicate().clear());
            case MemorySegment memory -> memory;
            default ->
                    throw new StateFault(buffer.getClass().getTypeName() + " where byte[] must be");
        };
    }

    private static Class<?> narrowest(Element element) {
        return switch (element) {
            case Element.Bytes _ -> byte.class;
            case Element.Bitmap _ -> long.class;
            case Element.Scalar(ScalarType type, _) when type == ScalarType.BOOL -> boolean.class;
            case Element.Scalar(ScalarType type, _) ->
                    switch (type.bytes()) {
                        case 1 -> byte.class;
                        case 2 -> short.class;
                        case 4 -> int.class;
                        default -> long.class;
                    };
            default -> Object.class;
        };
    }

    private static boolean isRows(Object[] array) {
        return array.getClass().getComponentType().isArray();
    }

    private static int rowLength(Object[] rows) {
        return rows.length == 0 ? 0 : Array.getLength(rows[0]);
    }

    private static long word(BitSet bits, int index) {
        long[] words = bits.get(index * Long.SIZE, (index + 1) * Long.SIZE).toLongArray();
        return words.length == 0 ? 0 : words[0];
    }

    private static void word(BitSet bits, int index, long value) {
        bits.clear(index * Long.SIZE, (index + 1) * Long.SIZE);
        for (int bit = 0; bit < Long.SIZE; bit++) {
            if ((value >>> bit & 1) != 0) {
                bits.set(index * Long.SIZE + bit);
            }
        }
    }
}
