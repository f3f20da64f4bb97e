// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import org.vmstate.internal.format.ScalarType;

/// Emits the code that accesses the values of one kind of state.
abstract class Values {
    /// The size up to which moving bytes inline is cheaper than calling a copy routine.
    private static final int MAX_UNROLLED_BYTES = 32;

    final CodeBuilder code;
    final Constants constants;

    Values(CodeBuilder code, Constants constants) {
        this.code = code;
        this.constants = constants;
    }

    /// Whether accessing a value may throw even if no user code runs.
    abstract boolean mayThrow();

    /// Returns the place of a state in a slot.
    abstract Place state(int slot);

    /// Pushes a single number, of type [Spot#primitive()].
    abstract void get(Place owner, Spot spot);

    /// Pushes the operands that [#set] needs below the number.
    abstract void reach(Place owner, Spot spot);

    /// Sets a single number to the value on the stack.
    abstract void set(Spot spot);

    /// Returns the place of the elements of a field; exits at a null pointer.
    abstract Place elements(Place owner, Spot spot, Exit exit);

    /// Exits if there is no room for elements up to an index, exclusive.
    abstract void checkRoom(Place elements, Spot spot, int first, Length count, Exit exit);

    /// Allocates new elements for a field.
    abstract Place allocate(Place owner, Spot spot, Length count);

    /// Copies consecutive numbers into the bytes of a stream.
    abstract void save(
            Place elements, Spot spot, ScalarType type, int first, Length count, Place.Bytes to);

    /// Copies consecutive numbers from the bytes of a stream.
    abstract void load(
            Place elements, Spot spot, ScalarType type, int first, Length count, Place.Bytes from);

    /// Copies bytes into the bytes of a stream.
    abstract void saveBytes(Place elements, int first, Length count, Place.Bytes to);

    /// Copies bytes from the bytes of a stream.
    abstract void loadBytes(Place elements, int first, Length count, Place.Bytes from);

    /// Returns the place of the structure in a field; exits at a null pointer.
    abstract Place struct(Place owner, Spot spot, Class<?> type, Exit exit);

    /// Returns the place of the structure at the index in a slot; jumps if it is null.
    abstract Place element(Place elements, int index, Spot spot, Class<?> type, Label ifNull);

    /// Pushes the object that the method of a [Step.StructMethod] receives instead of a state: the
    /// structure, or the segment that contains it.
    abstract void pushStructure(Place structure);

    /// Pushes the other argument of that method for [Host#structureParameters].
    abstract void pushBase(Place structure);

    /// Returns the place of the structure in that method; `slot` contains the object it received.
    abstract Place structure(int slot);

    /// The type of the object that the method of a [Step.PointerLoop] receives.
    abstract ClassDesc loopedType(Spot spot);

    /// Returns the slot of that object: the elements if they are an object, otherwise the state.
    abstract int looped(Place owner, Spot spot, Exit exit);

    /// Returns the place of the elements of a field in that method; `slot` contains the object it
    /// received.
    abstract Place loopedElements(int slot, Spot spot, Exit exit);

    /// Pushes the value of a field as the object that other code uses, or null.
    abstract void object(Place owner, Spot spot);

    /// Replaces the value of a field by the object in a slot.
    abstract void replace(Place owner, Spot spot, int slot);

    /// Returns the code for a queue; exits if the queue is null.
    abstract QueueEmitter queue(Place owner, Step.Queue step, Exit exit);

    /// Whether it is cheaper to move `count` bytes inline, piece by piece; see [#piece].
    static boolean isShort(Length count) {
        return count instanceof Length.Known(int n) && isShort(n);
    }

    /// Whether it is cheaper to move `bytes` bytes inline, piece by piece.
    static boolean isShort(int bytes) {
        return bytes <= MAX_UNROLLED_BYTES;
    }

    /// Returns the size of the next piece if `left` bytes remain to be moved.
    static int piece(int left) {
        return left >= Long.BYTES ? Long.BYTES : 1;
    }
}
