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
import org.vmstate.internal.layout.Maker;
import org.vmstate.internal.layout.StateFault;

/// One field of a [VMStateDescription]: what is on the wire, when, and which member of the state it
/// is.
///
/// Fields come from [VMStateFields]; each modifier here returns another field and leaves this one
/// alone. A field binds to the member whose name is the wire name in lowerCamelCase, unless
/// [#named] or an accessor says otherwise. What cannot work is refused when the description is
/// built.
///
/// QEMU: `VMStateField`, and the suffixes of its macros.
///
/// @param <S> the type that tests and accessors of the field need the state to be
public final class VMStateField<S> {
    private final FieldDeclaration declaration;
    private final List<VMStateDescription<?>> nested;

    /// A field that nests these descriptions, in the order of [Element#nested()].
    VMStateField(FieldDeclaration declaration, List<VMStateDescription<?>> nested) {
        this.declaration = declaration;
        this.nested = nested;
    }

    /// The name on the wire, that is, in the stream's description.
    public String name() {
        return declaration.name();
    }

    /// The first version of the description that has this field; a queue's or tree's elements are
    /// loaded at this version.
    public int versionId() {
        return declaration.since();
    }

    FieldDeclaration declaration() {
        return declaration;
    }

    /// The layouts of the descriptions that the field nests.
    List<Layout> nestedLayouts() {
        return nested.stream().map(VMStateDescription::layout).toList();
    }

    /// The name of the field's kind in the stream's description.
    public String typeName() {
        return declaration.element().typeName();
    }

    /// How many elements the field always has: 1 if it is no array, empty if the state decides.
    public OptionalInt count() {
        return switch (declaration.count()) {
            case null -> OptionalInt.of(1);
            case Amount.Fixed(int value) -> OptionalInt.of(value);
            case Amount.Member _, Amount.Computed _ -> OptionalInt.empty();
        };
    }

    /// The descriptions that the field nests: of a structure, a temporary or the elements of a
    /// queue one; of a tree its keys' (unless these are numbers) and its values'; of a custom field
    /// those that it was declared with.
    public List<VMStateDescription<?>> descriptions() {
        return nested;
    }

    /// In the member of that name.
    public VMStateField<S> named(String member) {
        return of(
                declaration.withHome(
                        declaration.home().inMember(Objects.requireNonNull(member, "member"))));
    }

    /// A number reached by functions: a truth value is 0 or 1, a floating-point number its bits.
    public <T extends S> VMStateField<T> number(ToLongFunction<T> get, ObjLongConsumer<T> set) {
        return by(new Accessors.OfNumber(erase(get), erase(set)));
    }

    /// Anything but a number, reached by a function; loading fills what it returns.
    public <T extends S, V> VMStateField<T> object(Function<T, @Nullable V> get) {
        return by(new Accessors.OfObject(erase(get), null));
    }

    /// Anything but a number, reached by functions. What `get` returns may be a copy: an array or
    /// buffer is set when it is loaded whole.
    public <T extends S, V> VMStateField<T> object(
            Function<T, @Nullable V> get, BiConsumer<T, V> set) {
        return by(new Accessors.OfObject(erase(get), erase(set)));
    }

    /// In a member that is an enum: each constant has the number that `number` gives it, for
    /// example `Enum::ordinal`. A number that no constant has is refused when it is loaded.
    ///
    /// @throws IllegalArgumentException if two constants have the same number, or the field is no
    ///   integer
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

    /// Only in that version of the description and newer ones. QEMU: `_V`.
    public VMStateField<S> sinceVersion(int version) {
        return of(declaration.withExistence(declaration.existence().since(version)));
    }

    /// Only if the test says so, whatever the version; it gets the version too. QEMU: `_TEST`.
    public <T extends S> VMStateField<T> existsIf(ExistsTest<T> test) {
        ExistsTest<Object> erased = erase(test);
        return of(declaration.withExistence(declaration.existence().onlyIf(erased::exists)));
    }

    /// An error, loading and saving, if this field is not there. QEMU: `VMS_MUST_EXIST`.
    public VMStateField<S> mustExist() {
        return of(declaration.withExistence(declaration.existence().demanded(true)));
    }

    /// What is added to the error when a number has to be equal and is not. QEMU: `_HINT`.
    public VMStateField<S> hint(String hint) {
        if (!(declaration.element() instanceof Element.Scalar scalar)) {
            throw new IllegalArgumentException(
                    name() + ": only numbers that must be equal have a hint");
        }
        return of(declaration.withElement(new Element.Scalar(scalar.type(), hint)));
    }

    /// An array of `count`. QEMU: `_ARRAY`.
    public VMStateField<S> array(int count) {
        return counted(new Amount.Fixed(count));
    }

    /// An array of rows, sent row by row. QEMU: `_2DARRAY`.
    public VMStateField<S> array2d(int rows, int columns) {
        return counted(new Amount.Fixed(rows).times(columns));
    }

    /// An array with as many elements as the member `count` says, which has at most 32 bits and has
    /// to be loaded before. Negative means none. QEMU: `_VARRAY`.
    public VMStateField<S> varray(String count) {
        return counted(new Amount.Member(count, 1));
    }

    /// An array with as many elements as a function of the state says.
    public <T extends S> VMStateField<T> varray(ToLongFunction<T> count) {
        return counted(new Amount.Computed(erase(count), 1));
    }

    /// As many bytes or bits as the member `length` says.
    public VMStateField<S> length(String length) {
        return sized(new Amount.Member(length, 1));
    }

    /// As many bytes or bits as a function of the state says.
    public <T extends S> VMStateField<T> length(ToLongFunction<T> length) {
        return sized(new Amount.Computed(erase(length), 1));
    }

    /// So many times what the count or length says. QEMU: `_MULTIPLY`.
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

    /// From that element or byte of the member on: only a part of the member may be sent. QEMU:
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

    /// Each element behind a pointer of its own: a null one is sent as a marker, and has to be null
    /// where it is loaded. QEMU: `_ARRAY_OF_POINTER`.
    public VMStateField<S> pointers() {
        return extent(declaration.extent().ofPointers());
    }

    /// Loading makes new memory for buffers, bitmaps and arrays, unless they are empty; it then
    /// replaces the value of the member. An element of a custom kind takes at least a byte there.
    /// QEMU: `_ALLOC`.
    public VMStateField<S> allocate() {
        return extent(declaration.extent().made());
    }

    /// Loading makes new structs, with `factory`. In an array of pointers, every element then has a
    /// marker before it that says whether it is null. QEMU 11.1: `VMS_ARRAY_OF_POINTER_AUTO_ALLOC`.
    public VMStateField<S> allocate(Supplier<?> factory) {
        if (!(declaration.element() instanceof Element.Struct struct)) {
            throw new IllegalArgumentException(name() + ": only structs are made by a factory");
        }
        Maker maker = factory::get;
        return of(
                declaration
                        .withElement(new Element.Struct(struct.inner(), maker))
                        .withExtent(declaration.extent().made()));
    }

    /// A queue in native memory: the member of its elements that holds their link.
    public VMStateField<S> link(String member) {
        if (!(declaration.element() instanceof Element.Queue queue)) {
            throw new IllegalArgumentException(name() + ": only elements of queues are linked");
        }
        return of(
                declaration.withElement(
                        new Element.Queue(queue.list(), queue.inner(), queue.made(), member)));
    }

    /// From a version of this description on at another version of the structure's: a nested
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

    /// As QEMU declares it, although a stream can be misread by it or state be lost: `build()` then
    /// accepts versions that differ between saving and loading, counts behind their arrays, names
    /// that are sent twice, and members of which only a part is sent. What can be checked is
    /// checked while loading.
    ///
    /// @param why names the field of QEMU's, or says why this cannot happen here
    public VMStateField<S> asQemuDoes(String why) {
        if (why.isBlank()) {
            throw new IllegalArgumentException(name() + ": asQemuDoes needs a reason");
        }
        return of(declaration.withReason(why));
    }

    /// The declaration in one line.
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

    /// The same function, of any state; builders only let it meet states of its type.
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    static <F> F erase(Object function) {
        return (F) Objects.requireNonNull(function, "a function is null");
    }

    /// Decides from the state and the version being saved or loaded whether a field is there.
    @FunctionalInterface
    public interface ExistsTest<S> {
        /// Whether the field is there.
        boolean exists(S state, int versionId);
    }
}
