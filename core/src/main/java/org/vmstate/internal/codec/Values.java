// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import org.vmstate.internal.format.ScalarType;

/// Emits the code that reaches the values of one kind of state.
abstract class Values {
    /// For so few bytes, calling a copy routine costs more than moving them.
    private static final int MAX_UNROLLED_BYTES = 32;

    final CodeBuilder code;
    final Constants constants;

    Values(CodeBuilder code, Constants constants) {
        this.code = code;
        this.constants = constants;
    }

    /// Whether reaching a value may throw where no code of others runs.
    abstract boolean mayThrow();

    /// The structure that a state in a slot is.
    abstract Place state(int slot);

    /// Puts a lone number on the stack, in its [Spot#primitive()].
    abstract void get(Place owner, Spot spot);

    /// Puts on the stack what [#set] needs beneath the number.
    abstract void reach(Place owner, Spot spot);

    /// Sets a lone number to what is on the stack.
    abstract void set(Spot spot);

    /// The elements of a field, unless they are behind a null pointer.
    abstract Place elements(Place owner, Spot spot, Exit exit);

    /// Goes on only where there is room for elements up to an index, exclusive.
    abstract void checkRoom(Place elements, Spot spot, int first, Length count, Exit exit);

    /// Gives the field room for new elements.
    abstract Place allocate(Place owner, Spot spot, Length count);

    /// Puts numbers of a width, one behind the other, into the bytes of a stream.
    abstract void save(
            Place elements, Spot spot, ScalarType type, int first, Length count, Place.Bytes to);

    /// Takes numbers of a width, one behind the other, from the bytes of a stream.
    abstract void load(
            Place elements, Spot spot, ScalarType type, int first, Length count, Place.Bytes from);

    /// Copies bytes to those of a stream.
    abstract void saveBytes(Place elements, int first, Length count, Place.Bytes to);

    /// Copies bytes from those of a stream.
    abstract void loadBytes(Place elements, int first, Length count, Place.Bytes from);

    /// The structure that is the value of a field, unless it is behind a null pointer.
    abstract Place struct(Place owner, Spot spot, Class<?> type, Exit exit);

    /// The structure that the element of an index in a slot is; jumps where that is null.
    abstract Place element(Place elements, int index, Spot spot, Class<?> type, Label ifNull);

    /// The type of what the method of a [Step.Loop] over the elements of a field gets.
    abstract ClassDesc loopedType(Spot spot);

    /// The slot of what the method gets: the elements themselves where they are an object, else the
    /// state.
    abstract int looped(Place owner, Spot spot, Exit exit);

    /// The elements of a field in that method, where a slot has what it got.
    abstract Place loopedElements(int slot, Spot spot, Exit exit);

    /// Puts the value of a field on the stack, as the object that others know it by, or null.
    abstract void object(Place owner, Spot spot);

    /// Replaces that object by the one in a slot.
    abstract void replace(Place owner, Spot spot, int slot);

    /// The code for a queue, unless there is none.
    abstract QueueCode queue(Place owner, Step.Queue step, Exit exit);

    /// Whether so many bytes are better moved one piece after the other; see [#piece].
    static boolean isShort(Length count) {
        return count instanceof Length.Known(int n) && isShort(n);
    }

    /// Whether so many bytes are better moved one piece after the other.
    static boolean isShort(int bytes) {
        return bytes <= MAX_UNROLLED_BYTES;
    }

    /// How many of so many bytes are moved at once where a few are moved in a row.
    static int piece(int left) {
        return left >= Long.BYTES ? Long.BYTES : 1;
    }
}
