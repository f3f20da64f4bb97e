// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.Accessors;
import org.vmstate.internal.layout.Amount;
import org.vmstate.internal.layout.Conversion;
import org.vmstate.internal.layout.DeclarationText;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.Extent;
import org.vmstate.internal.layout.FieldDeclaration;
import org.vmstate.internal.layout.StateFactory;
import org.vmstate.internal.layout.StateFault;

/// One field of a [VMStateDescription]: its encoding on the wire, the condition under which it is
/// sent, and the member of the state it is bound to.
///
/// The factory methods are in [VMStateFields]. A field is immutable; each modifier returns a new
/// one. A field binds to the member whose name is the wire name in lowerCamelCase, unless [#named]
/// or an accessor is given. Declarations that cannot work are rejected when the description is
/// built.
///
/// QEMU: `VMStateField`, and the suffixes of its macros.
///
/// @param <S> the type of state that the field's tests and accessors require
public final class VMStateField<S> {
    private final FieldDeclaration declaration;
    private final List<VMStateDescription<?>> nested;

    /// Creates a field that nests these descriptions, in the order of [Element#nested()].
    VMStateField(FieldDeclaration declaration, List<VMStateDescription<?>> nested) {
        this.declaration = declaration;
        this.nested = nested;
    }

    /// Returns the name in the stream's description.
    public String name() {
        return declaration.name();
    }

    /// Returns the first version of the description that has this field; elements of queues and
    /// trees are loaded at this version.
    public int versionId() {
        return declaration.since();
    }

    FieldDeclaration declaration() {
        return declaration;
    }

    /// Returns the layouts of the descriptions that the field nests.
    List<Layout> nestedLayouts() {
        return nested.stream().map(VMStateDescription::layout).toList();
    }

    /// Returns the name of the field's type in the stream's description.
    public String typeName() {
        return declaration.element().typeName();
    }

    /// Returns the number of elements if it is constant: 1 for a field that is not an array, empty
    /// if the number depends on the state.
    public OptionalInt count() {
        return switch (declaration.count()) {
            case null -> OptionalInt.of(1);
            case Amount.Fixed(int value) -> OptionalInt.of(value);
            case Amount.Member _, Amount.Computed _ -> OptionalInt.empty();
        };
    }

    /// Returns the descriptions that the field nests: one for a structure, a temporary or a queue;
    /// for a tree, that of its keys (unless these are numbers) and that of its values; for a custom
    /// field, those it was declared with.
    public List<VMStateDescription<?>> descriptions() {
        return nested;
    }

    /// Binds the field to the member of that name.
    public VMStateField<S> named(String member) {
        return of(
                declaration.withHome(
                        declaration.home().inMember(Objects.requireNonNull(member, "member"))));
    }

    /// Accesses a number by functions: a boolean is 0 or 1, a floating-point number is its bits.
    public <T extends S> VMStateField<T> number(ToLongFunction<T> get, ObjLongConsumer<T> set) {
        return by(new Accessors.OfNumber(erase(get), erase(set)));
    }

    /// Accesses anything but a number by a function; loading fills the object it returns.
    public <T extends S, V> VMStateField<T> object(Function<T, @Nullable V> get) {
        return by(new Accessors.OfObject(erase(get), null));
    }

    /// Accesses anything but a number by functions. `get` may return a copy: an array or buffer is
    /// passed to `set` after all of it has been loaded.
    public <T extends S, V> VMStateField<T> object(
            Function<T, @Nullable V> get, BiConsumer<T, V> set) {
        return by(new Accessors.OfObject(erase(get), erase(set)));
    }

    /// Binds the field to a member that is an enum. `number`, for example `Enum::ordinal`, maps
    /// each constant to its number on the wire. Loading a number that no constant has is refused.
    ///
    /// @throws IllegalArgumentException if two constants have the same number, or the field is not
    ///   an integer
    public <E extends Enum<E>> VMStateField<S> constants(Class<E> type, ToLongFunction<E> number) {
        if (!(declaration.element() instanceof Element.Scalar(ScalarType scalar, _))) {
            throw new IllegalArgumentException(name() + ": only numbers are sent for constants");
        }
        Map<Long, E> byNumber = new HashMap<>();
        for (E constant : type.getEnumConstants()) {
            long value = number.applyAsLong(constant);
            E other = byNumber.put(scalar.interpret(value), constant);
            if (other != null || !scalar.holds(value)) {
                throw new IllegalArgumentException(
                        name()
                                + ": "
                                + constant
                                + " has the number "
                                + value
                                + (other != null
                                        ? ", which " + other + " has too"
                                        : ", which does not fit " + scalar.typeName()));
            }
        }
        Conversion<E> conversion =
                new Conversion<>(
                        type,
                        null,
                        Long.class,
                        number::applyAsLong,
                        loaded -> {
                            long value = scalar.interpret((Long) loaded);
                            E constant = byNumber.get(value);
                            if (constant == null) {
                                throw new StateFault(
                                        type.getSimpleName() + " has no constant for " + value);
                            }
                            return constant;
                        });
        return of(declaration.withHome(declaration.home().converted(conversion)));
    }

    /// Sends the field only in this version of the description and newer ones. QEMU: `_V`.
    public VMStateField<S> sinceVersion(int version) {
        return of(declaration.withExistence(declaration.existence().since(version)));
    }

    /// Sends the field only if the test returns true. The test receives the version and decides
    /// alone. QEMU: `_TEST`.
    public <T extends S> VMStateField<T> existsIf(ExistsTest<T> test) {
        ExistsTest<Object> erased = erase(test);
        return of(declaration.withExistence(declaration.existence().onlyIf(erased::exists)));
    }

    /// Makes it an error, when saving and loading, if this field does not exist. QEMU:
    /// `VMS_MUST_EXIST`.
    public VMStateField<S> mustExist() {
        return of(declaration.withExistence(declaration.existence().demanded(true)));
    }

    /// Adds a hint to the error that is thrown if a number that must be equal is not. QEMU:
    /// `_HINT`.
    public VMStateField<S> hint(String hint) {
        if (!(declaration.element() instanceof Element.Scalar scalar)) {
            throw new IllegalArgumentException(
                    name() + ": only numbers that must be equal have a hint");
        }
        return of(declaration.withElement(new Element.Scalar(scalar.type(), hint)));
    }

    /// Makes the field an array of `count` elements. QEMU: `_ARRAY`.
    public VMStateField<S> array(int count) {
        return counted(new Amount.Fixed(count));
    }

    /// Makes the field a two-dimensional array, sent row by row. QEMU: `_2DARRAY`.
    public VMStateField<S> array2d(int rows, int columns) {
        return counted(new Amount.Fixed(rows).times(columns));
    }

    /// Makes the field an array whose number of elements is the value of the member `count`, a
    /// number of at most 32 bits that must be loaded before it. A negative count means no elements.
    /// QEMU: `_VARRAY`.
    public VMStateField<S> varray(String count) {
        return counted(new Amount.Member(count, 1));
    }

    /// Makes the field an array whose number of elements is a function of the state.
    public <T extends S> VMStateField<T> varray(ToLongFunction<T> count) {
        return counted(new Amount.Computed(erase(count), 1));
    }

    /// Sets the length, in bytes or bits, to the value of the member `length`.
    public VMStateField<S> length(String length) {
        return sized(new Amount.Member(length, 1));
    }

    /// Sets the length, in bytes or bits, to a function of the state.
    public <T extends S> VMStateField<T> length(ToLongFunction<T> length) {
        return sized(new Amount.Computed(erase(length), 1));
    }

    /// Multiplies the count or length by `factor`. QEMU: `_MULTIPLY`.
    public VMStateField<S> times(int factor) {
        Amount size = declaration.size();
        Amount count = declaration.count();
        if (size != null) {
            return sized(size.times(factor));
        }
        if (count == null) {
            throw new IllegalArgumentException(name() + ": times needs a count or a length first");
        }
        return counted(count.times(factor));
    }

    /// Sends the member from element or byte `start` on; the elements before it are not sent. QEMU:
    /// `_SUB_ARRAY`, `_START_MIDDLE`.
    public VMStateField<S> from(int start) {
        if (declaration.element() instanceof Element.Bytes) {
            return of(
                    declaration
                            .withElement(new Element.Bytes(start))
                            .withExtent(declaration.extent().ofPart()));
        }
        return extent(declaration.extent().from(start));
    }

    /// Makes the field an array of pointers to elements. A null pointer is sent as a marker and
    /// must be null where it is loaded. QEMU: `_ARRAY_OF_POINTER`.
    public VMStateField<S> pointers() {
        return extent(declaration.extent().ofPointers());
    }

    /// Allocates buffers, bitmaps and arrays when loading, unless they are empty; the new object
    /// replaces the value of the member. Elements of a custom kind must then take at least one byte
    /// each. QEMU: `_ALLOC`.
    public VMStateField<S> allocate() {
        return extent(declaration.extent().made());
    }

    /// Creates new structs with `factory` when loading. In an array of pointers, each element is
    /// then preceded by a marker that tells whether it is null. QEMU 11.1:
    /// `VMS_ARRAY_OF_POINTER_AUTO_ALLOC`.
    public VMStateField<S> allocate(Supplier<?> factory) {
        if (!(declaration.element() instanceof Element.Struct struct)) {
            throw new IllegalArgumentException(name() + ": only structs are made by a factory");
        }
        StateFactory maker = factory::get;
        return of(
                declaration
                        .withElement(new Element.Struct(struct.inner(), maker))
                        .withExtent(declaration.extent().made()));
    }

    /// Names the member that contains the link of the elements of a queue in native memory.
    public VMStateField<S> link(String member) {
        if (!(declaration.element() instanceof Element.Queue queue)) {
            throw new IllegalArgumentException(name() + ": only elements of queues are linked");
        }
        return of(
                declaration.withElement(
                        new Element.Queue(queue.list(), queue.inner(), queue.made(), member)));
    }

    /// Uses another version of the nested structure from a version of this description on, for a
    /// structure that grows with its parent.
    ///
    /// ```java
    /// vstruct("timer", Timer.VMSTATE, 1)   // version 1 of Timer, at first
    ///     .elementVersion(3, 2)            // version 2 of it, in version 3 of this and newer ones
    /// ```
    public VMStateField<S> elementVersion(int sinceVersion, int version) {
        if (!(declaration.element() instanceof Element.VersionedStruct struct)) {
            throw new IllegalArgumentException(
                    name() + ": only a vstruct has versions of its structure");
        }
        return of(declaration.withElement(struct.since(sinceVersion, version)));
    }

    /// Accepts a declaration of QEMU's that can misread a stream or lose state: `build()` then
    /// allows versions that differ between saving and loading, counts after their arrays, duplicate
    /// names, and members of which only a part is sent. Loading still checks what it can.
    ///
    /// @param why names QEMU's field, or explains why state cannot be lost or misread here
    public VMStateField<S> asQemuDoes(String why) {
        if (why.isBlank()) {
            throw new IllegalArgumentException(name() + ": asQemuDoes needs a reason");
        }
        return of(declaration.withReason(why));
    }

    /// Returns the declaration as one line.
    @Override
    public String toString() {
        return DeclarationText.of(declaration);
    }

    private <T> VMStateField<T> extent(Extent extent) {
        return of(declaration.withExtent(extent));
    }

    private <T> VMStateField<T> counted(Amount count) {
        return extent(declaration.extent().counted(count));
    }

    private <T> VMStateField<T> sized(Amount size) {
        return extent(declaration.extent().sized(size));
    }

    private <T> VMStateField<T> by(Accessors accessors) {
        return of(declaration.withHome(declaration.home().by(accessors)));
    }

    private <T> VMStateField<T> of(FieldDeclaration changed) {
        return new VMStateField<>(changed, nested);
    }

    /// Casts a function to one of any state; the types of the builders ensure that it only receives
    /// states of its type.
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    static <F> F erase(Object function) {
        return (F) Objects.requireNonNull(function, "a function is null");
    }

    /// Decides from the state and the version being saved or loaded whether a field exists.
    @FunctionalInterface
    public interface ExistsTest<S> {
        /// Returns whether the field exists.
        boolean exists(S state, int versionId);
    }
}
