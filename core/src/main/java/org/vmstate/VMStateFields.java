// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.format.TypeNames;
import org.vmstate.internal.layout.Amount;
import org.vmstate.internal.layout.Declaration;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.FieldDeclaration;
import org.vmstate.internal.layout.Maker;

/// The kinds of fields, for static import into a description.
///
/// The first argument is always the wire name. Numbers bind to a primitive or its box of at least
/// their width (unsigned ones of that width as their bits), a `char` is a `uint16`, a `float` the
/// bits of a `uint32`, an enum a number with [VMStateField#constants]. Arrays bind to Java arrays
/// or, of structs, to lists, buffers to `byte[]`, `ByteBuffer` or `MemorySegment`, bitmaps to
/// `long[]` or `BitSet`, queues to [org.vmstate.queue.TailQueue], [org.vmstate.queue.ListQueue],
/// `Deque` or `List`, trees to `SortedMap`.
///
/// QEMU: the `VMSTATE_` macros.
public final class VMStateFields {
    private VMStateFields() {}

    /// One byte, 0 or 1; any other is read as 1.
    public static VMStateField<Object> bool(String name) {
        return scalar(name, ScalarType.BOOL);
    }

    /// A signed byte.
    public static VMStateField<Object> int8(String name) {
        return scalar(name, ScalarType.INT8);
    }

    /// A signed 16-bit number.
    public static VMStateField<Object> int16(String name) {
        return scalar(name, ScalarType.INT16);
    }

    /// A signed 32-bit number.
    public static VMStateField<Object> int32(String name) {
        return scalar(name, ScalarType.INT32);
    }

    /// A signed 64-bit number.
    public static VMStateField<Object> int64(String name) {
        return scalar(name, ScalarType.INT64);
    }

    /// An unsigned byte.
    public static VMStateField<Object> uint8(String name) {
        return scalar(name, ScalarType.UINT8);
    }

    /// An unsigned 16-bit number.
    public static VMStateField<Object> uint16(String name) {
        return scalar(name, ScalarType.UINT16);
    }

    /// An unsigned 32-bit number.
    public static VMStateField<Object> uint32(String name) {
        return scalar(name, ScalarType.UINT32);
    }

    /// An unsigned 64-bit number.
    public static VMStateField<Object> uint64(String name) {
        return scalar(name, ScalarType.UINT64);
    }

    /// An unsigned byte that has to be what the state already has.
    public static VMStateField<Object> uint8Equal(String name) {
        return scalar(name, ScalarType.UINT8_EQUAL);
    }

    /// An unsigned 16-bit number that has to be what the state already has.
    public static VMStateField<Object> uint16Equal(String name) {
        return scalar(name, ScalarType.UINT16_EQUAL);
    }

    /// A signed 32-bit number that has to be what the state already has.
    public static VMStateField<Object> int32Equal(String name) {
        return scalar(name, ScalarType.INT32_EQUAL);
    }

    /// An unsigned 32-bit number that has to be what the state already has.
    public static VMStateField<Object> uint32Equal(String name) {
        return scalar(name, ScalarType.UINT32_EQUAL);
    }

    /// An unsigned 64-bit number that has to be what the state already has; described as `int64
    /// equal`, as QEMU does it.
    public static VMStateField<Object> uint64Equal(String name) {
        return scalar(name, ScalarType.UINT64_EQUAL);
    }

    /// A signed 32-bit number from 0 to what the state already has ("le" is "less or equal").
    public static VMStateField<Object> int32Le(String name) {
        return scalar(name, ScalarType.INT32_LE);
    }

    /// The deadline of a timer in nanoseconds, -1 when it is not armed.
    public static VMStateField<Object> timer(String name) {
        return scalar(name, ScalarType.TIMER);
    }

    /// A floating-point number as 8 bytes, in a double or, as its bits, in a long.
    public static VMStateField<Object> float64(String name) {
        return scalar(name, ScalarType.FLOAT64);
    }

    /// A floating-point number as 8 bytes, under the name that CPUs use.
    public static VMStateField<Object> cpuDouble(String name) {
        return scalar(name, ScalarType.CPUDOUBLE);
    }

    /// A file descriptor, -1 for none, which travels by [org.vmstate.wire.DescriptorPassing].
    public static VMStateField<Object> fd(String name) {
        return scalar(name, ScalarType.FD);
    }

    /// `size` bytes.
    public static VMStateField<Object> buffer(String name, int size) {
        return field(sized(name, new Element.Bytes(0), new Amount.Fixed(size)));
    }

    /// As many bytes as [VMStateField#length(String)] says.
    public static VMStateField<Object> vbuffer(String name) {
        return field(FieldDeclaration.of(name, new Element.Bytes(0)));
    }

    /// As many bits as [VMStateField#length(String)] says, in words of 64.
    public static VMStateField<Object> bitmap(String name) {
        return field(FieldDeclaration.of(name, new Element.Bitmap()));
    }

    /// A gap of `size` bytes: written as zeros, not looked at when loaded.
    public static VMStateField<Object> unused(int size) {
        return field(FieldDeclaration.of("unused", new Element.Unused(size)));
    }

    /// The body of another description, in an object that is there already, unless
    /// [VMStateField#allocate(Supplier)] makes it.
    public static VMStateField<Object> struct(String name, VMStateDescription<?> description) {
        return field(
                FieldDeclaration.of(name, new Element.Struct(declaration(name, description), null)),
                description);
    }

    /// The body of another description at a version of it that is named here;
    /// [VMStateField#elementVersion] names others for newer versions of the description it is in.
    public static VMStateField<Object> vstruct(
            String name, VMStateDescription<?> description, int version) {
        return field(
                FieldDeclaration.of(
                        name,
                        new Element.VersionedStruct(
                                declaration(name, description), new TreeMap<>(Map.of(0, version)))),
                description);
    }

    /// A tail queue, from head to tail. Its elements are loaded at `version`, which is also the
    /// first version of the description that has the field, and put behind those that are there.
    public static <E> VMStateField<Object> qtailq(
            String name, int version, VMStateDescription<E> element, Supplier<E> factory) {
        return queue(name, false, version, element, factory::get);
    }

    /// A tail queue of records.
    public static <E extends Record> VMStateField<Object> qtailq(
            String name, int version, VMStateDescription<E> element) {
        return queue(name, false, version, element, null);
    }

    /// A list, from its head. Loading two elements or more replaces those that are there; one goes
    /// before them.
    public static <E> VMStateField<Object> qlist(
            String name, int version, VMStateDescription<E> element, Supplier<E> factory) {
        return queue(name, true, version, element, factory::get);
    }

    /// A list of records.
    public static <E extends Record> VMStateField<Object> qlist(
            String name, int version, VMStateDescription<E> element) {
        return queue(name, true, version, element, null);
    }

    /// A sorted map, in the order of its keys. Keys and values are loaded at `version`, which is
    /// also the first version of the description that has the field, and put to those that are
    /// there.
    public static <K, V> VMStateField<Object> gtree(
            String name,
            int version,
            VMStateDescription<K> key,
            Supplier<K> newKey,
            VMStateDescription<V> value,
            Supplier<V> newValue) {
        return tree(
                name,
                version,
                new Element.Tree.Part(declaration(name, key), newKey::get),
                new Element.Tree.Part(declaration(name, value), newValue::get),
                key,
                value);
    }

    /// A sorted map of records.
    public static <K extends Record, V extends Record> VMStateField<Object> gtree(
            String name, int version, VMStateDescription<K> key, VMStateDescription<V> value) {
        return tree(
                name,
                version,
                new Element.Tree.Part(declaration(name, key), null),
                new Element.Tree.Part(declaration(name, value), null),
                key,
                value);
    }

    /// A map from 64-bit numbers, sorted as its comparator says; QEMU compares them unsigned.
    public static <V> VMStateField<Object> gtreeDirect(
            String name, int version, VMStateDescription<V> value, Supplier<V> newValue) {
        return tree(
                name,
                version,
                null,
                new Element.Tree.Part(declaration(name, value), newValue::get),
                value);
    }

    /// The body of an object that `ofParent` makes from the state for the time of one save or load:
    /// its hooks move values between the two. It is written at its version but, as in QEMU, loaded
    /// as version 0.
    public static <S, V> VMStateField<S> withTemporary(
            VMStateDescription<V> description, Function<S, V> ofParent) {
        Function<Object, Object> erased = VMStateField.erase(ofParent);
        return new VMStateField<>(
                FieldDeclaration.of(
                        TypeNames.TEMPORARY,
                        new Element.Temporary(
                                declaration(TypeNames.TEMPORARY, description), erased::apply)),
                List.of(description));
    }

    /// No bytes, but a check of the state when this place is reached, loading and saving.
    public static <S> VMStateField<S> validate(String name, VMStateField.ExistsTest<S> check) {
        return field(FieldDeclaration.of(name, new Element.Check()))
                .<S>existsIf(Objects.requireNonNull(check))
                .mustExist();
    }

    /// An element that the caller's own code loads and saves.
    ///
    /// @param used the descriptions that the code uses, which it finds in the field
    ///   ([VMStateField#descriptions()]) and other programs in the schema
    public static <V> VMStateField<Object> custom(
            String name, VMStateInfo<V> info, VMStateDescription<?>... used) {
        return field(
                FieldDeclaration.of(
                        name,
                        new Element.Custom(
                                info.name(),
                                new InfoCodec<>(info, null),
                                Arrays.stream(used).map(d -> declaration(name, d)).toList())),
                used);
    }

    /// A `String` of at most so many bytes of UTF-8: `uint32 length` and the bytes, in a structure.
    /// Null is refused, as is a string that UTF-8 cannot spell.
    public static VMStateField<Object> string(String name, int maxBytes) {
        return Text.field(name, maxBytes);
    }

    /// An `Optional`: `bool present` and, if it is true, the value, in a structure.
    ///
    /// @param type the type of the value
    /// @param value declares the value, without a member: `uint32("value")`, `string("value", 64)`,
    ///   `struct("value", V.VMSTATE).allocate(V::new)`, …
    public static <V> VMStateField<Object> optional(
            String name, Class<V> type, VMStateField<Object> value) {
        return Option.field(name, type, value);
    }

    private static VMStateField<Object> scalar(String name, ScalarType type) {
        return field(FieldDeclaration.of(name, new Element.Scalar(type, null)));
    }

    private static VMStateField<Object> queue(
            String name,
            boolean list,
            int version,
            VMStateDescription<?> element,
            @Nullable Maker maker) {
        return field(
                since(
                        version,
                        FieldDeclaration.of(
                                name,
                                new Element.Queue(list, declaration(name, element), maker, null))),
                element);
    }

    private static VMStateField<Object> tree(
            String name,
            int version,
            Element.Tree.@Nullable Part key,
            Element.Tree.Part value,
            VMStateDescription<?>... nested) {
        return field(
                since(version, FieldDeclaration.of(name, new Element.Tree(key, value))), nested);
    }

    private static FieldDeclaration since(int version, FieldDeclaration field) {
        return field.withExistence(field.existence().since(version));
    }

    private static FieldDeclaration sized(String name, Element element, Amount size) {
        FieldDeclaration field = FieldDeclaration.of(name, element);
        return field.withExtent(field.extent().sized(size));
    }

    /// The declaration of a description that a field nests.
    private static Declaration declaration(
            String field, @Nullable VMStateDescription<?> description) {
        if (description == null) {
            throw new IllegalArgumentException(
                    field
                            + ": the description is null; one that nests itself, directly or through"
                            + " others, is null while it is built: send a tree as a queue of nodes"
                            + " with the index of each parent");
        }
        return description.declaration();
    }

    private static VMStateField<Object> field(
            FieldDeclaration declaration, VMStateDescription<?>... nested) {
        return new VMStateField<>(declaration, List.of(nested));
    }
}
