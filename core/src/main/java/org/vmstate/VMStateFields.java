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
import org.vmstate.internal.layout.StateFactory;

/// Factory methods for all kinds of fields, to be imported statically.
///
/// The first argument is always the wire name. A number binds to a primitive type, or its box, of
/// at least its width; an unsigned number may bind to the signed type of its width, which then
/// holds its bits. A `char` binds to a `uint16`, a `float` to the bits of a `uint32`, an enum to a
/// number with [VMStateField#constants]. Arrays bind to Java arrays, and arrays of structs also to
/// lists; buffers bind to `byte[]`, `ByteBuffer` or `MemorySegment`; bitmaps to `long[]` or
/// `BitSet`; queues to [org.vmstate.queue.TailQueue], [org.vmstate.queue.ListQueue], `Deque` or
/// `List`; trees to `SortedMap`.
///
/// QEMU: the `VMSTATE_` macros.
public final class VMStateFields {
    private VMStateFields() {}

    /// One byte, 0 or 1; any other value is read as 1.
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

    /// An unsigned byte that must equal the value in the state.
    public static VMStateField<Object> uint8Equal(String name) {
        return scalar(name, ScalarType.UINT8_EQUAL);
    }

    /// An unsigned 16-bit number that must equal the value in the state.
    public static VMStateField<Object> uint16Equal(String name) {
        return scalar(name, ScalarType.UINT16_EQUAL);
    }

    /// A signed 32-bit number that must equal the value in the state.
    public static VMStateField<Object> int32Equal(String name) {
        return scalar(name, ScalarType.INT32_EQUAL);
    }

    /// An unsigned 32-bit number that must equal the value in the state.
    public static VMStateField<Object> uint32Equal(String name) {
        return scalar(name, ScalarType.UINT32_EQUAL);
    }

    /// An unsigned 64-bit number that must equal the value in the state. Its type name is `int64
    /// equal`, as in QEMU.
    public static VMStateField<Object> uint64Equal(String name) {
        return scalar(name, ScalarType.UINT64_EQUAL);
    }

    /// A signed 32-bit number between 0 and the value in the state ("le" is "less or equal").
    public static VMStateField<Object> int32Le(String name) {
        return scalar(name, ScalarType.INT32_LE);
    }

    /// The deadline of a timer in nanoseconds, or -1 if the timer is not armed.
    public static VMStateField<Object> timer(String name) {
        return scalar(name, ScalarType.TIMER);
    }

    /// A floating-point number of 8 bytes. It binds to a `double` or, as its bits, to a `long`.
    public static VMStateField<Object> float64(String name) {
        return scalar(name, ScalarType.FLOAT64);
    }

    /// A floating-point number of 8 bytes, with the type name that QEMU's CPUs use.
    public static VMStateField<Object> cpuDouble(String name) {
        return scalar(name, ScalarType.CPUDOUBLE);
    }

    /// A file descriptor, or -1 for none, which is passed by [org.vmstate.wire.DescriptorPassing].
    public static VMStateField<Object> fd(String name) {
        return scalar(name, ScalarType.FD);
    }

    /// A buffer of `size` bytes.
    public static VMStateField<Object> buffer(String name, int size) {
        return field(sized(name, new Element.Bytes(0), new Amount.Fixed(size)));
    }

    /// A buffer whose length is set with [VMStateField#length(String)].
    public static VMStateField<Object> vbuffer(String name) {
        return field(FieldDeclaration.of(name, new Element.Bytes(0)));
    }

    /// A bitmap in 64-bit words, whose length in bits is set with [VMStateField#length(String)].
    public static VMStateField<Object> bitmap(String name) {
        return field(FieldDeclaration.of(name, new Element.Bitmap()));
    }

    /// A gap of `size` bytes: written as zeros, skipped when loading.
    public static VMStateField<Object> unused(int size) {
        return field(FieldDeclaration.of("unused", new Element.Unused(size)));
    }

    /// The body of another description. It is loaded into the existing object, unless
    /// [VMStateField#allocate(Supplier)] is given.
    public static VMStateField<Object> struct(String name, VMStateDescription<?> description) {
        return field(
                FieldDeclaration.of(name, new Element.Struct(declaration(name, description), null)),
                description);
    }

    /// The body of another description at a fixed version of it. [VMStateField#elementVersion] sets
    /// other versions for newer versions of the enclosing description.
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
    /// first version of the description that has the field, and are appended to the existing
    /// elements.
    public static <E> VMStateField<Object> qtailq(
            String name, int version, VMStateDescription<E> element, Supplier<E> factory) {
        return queue(name, false, version, element, factory::get);
    }

    /// A tail queue of records.
    public static <E extends Record> VMStateField<Object> qtailq(
            String name, int version, VMStateDescription<E> element) {
        return queue(name, false, version, element, null);
    }

    /// A list, from its head. Loading two or more elements replaces the existing ones; a single
    /// element is inserted before them.
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
    /// also the first version of the description that has the field, and are added to the existing
    /// entries.
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
                new Element.Tree.BodyType(declaration(name, key), newKey::get),
                new Element.Tree.BodyType(declaration(name, value), newValue::get),
                key,
                value);
    }

    /// A sorted map of records.
    public static <K extends Record, V extends Record> VMStateField<Object> gtree(
            String name, int version, VMStateDescription<K> key, VMStateDescription<V> value) {
        return tree(
                name,
                version,
                new Element.Tree.BodyType(declaration(name, key), null),
                new Element.Tree.BodyType(declaration(name, value), null),
                key,
                value);
    }

    /// A sorted map whose keys are 64-bit numbers, in the order of its comparator; QEMU compares
    /// the keys as unsigned numbers.
    public static <V> VMStateField<Object> gtreeDirect(
            String name, int version, VMStateDescription<V> value, Supplier<V> newValue) {
        return tree(
                name,
                version,
                null,
                new Element.Tree.BodyType(declaration(name, value), newValue::get),
                value);
    }

    /// The body of a temporary object that `ofParent` creates from the state for each save or load;
    /// its hooks copy values between the two. It is written at its own version but, as in QEMU,
    /// loaded as version 0.
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

    /// A check of the state, without bytes, that runs when saving and loading reach this field.
    public static <S> VMStateField<S> validate(String name, VMStateField.ExistsTest<S> check) {
        return field(FieldDeclaration.of(name, new Element.Check()))
                .<S>existsIf(Objects.requireNonNull(check))
                .mustExist();
    }

    /// An element that the caller's own code loads and saves.
    ///
    /// @param used the descriptions that the code uses; they are available to it in the field
    ///   ([VMStateField#descriptions()]) and are part of the schema
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

    /// A `String` of at most `maxBytes` bytes of UTF-8: a structure of `uint32 length` and the
    /// bytes. Saving null, or a string with an unpaired surrogate, is refused.
    public static VMStateField<Object> string(String name, int maxBytes) {
        return StringField.field(name, maxBytes);
    }

    /// An `Optional`: a structure of `bool present` and, if that is true, the value.
    ///
    /// @param type the type of the value
    /// @param value declares the value, without a member: `uint32("value")`, `string("value", 64)`,
    ///   `struct("value", V.VMSTATE).allocate(V::new)`, …
    public static <V> VMStateField<Object> optional(
            String name, Class<V> type, VMStateField<Object> value) {
        return OptionalField.field(name, type, value);
    }

    private static VMStateField<Object> scalar(String name, ScalarType type) {
        return field(FieldDeclaration.of(name, new Element.Scalar(type, null)));
    }

    private static VMStateField<Object> queue(
            String name,
            boolean list,
            int version,
            VMStateDescription<?> element,
            @Nullable StateFactory maker) {
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
            Element.Tree.@Nullable BodyType key,
            Element.Tree.BodyType value,
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

    /// Returns the declaration of a description that a field nests.
    private static Declaration declaration(
            String field, @Nullable VMStateDescription<?> description) {
        if (description == null) {
            throw new IllegalArgumentException(
                    field
                            + ": the description is null; a description cannot nest itself,"
                            + " directly or through others, because it is null while it is built:"
                            + " send a tree as a queue of nodes with the index of each parent");
        }
        return description.declaration();
    }

    private static VMStateField<Object> field(
            FieldDeclaration declaration, VMStateDescription<?>... nested) {
        return new VMStateField<>(declaration, List.of(nested));
    }
}
