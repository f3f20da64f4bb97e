// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.layout.Accessors;
import org.vmstate.internal.layout.Amount;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.FieldDeclaration;
import org.vmstate.internal.layout.Maker;

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

    /// In the member of that name.
    public VMStateField<S> named(String member) {
        return of(declaration.withMember(member));
    }

    /// A number reached by functions: a truth value is 0 or 1, a floating-point number its bits.
    public <T extends S> VMStateField<T> number(ToLongFunction<T> get, ObjLongConsumer<T> set) {
        return of(declaration.withAccessors(new Accessors.OfNumber(erase(get), erase(set))));
    }

    /// Anything but a number, reached by a function; loading fills what it returns.
    public <T extends S, V> VMStateField<T> object(Function<T, @Nullable V> get) {
        return of(declaration.withAccessors(new Accessors.OfObject(erase(get), null)));
    }

    /// Anything but a number, reached by functions.
    public <T extends S, V> VMStateField<T> object(
            Function<T, @Nullable V> get, BiConsumer<T, V> set) {
        return of(declaration.withAccessors(new Accessors.OfObject(erase(get), erase(set))));
    }

    /// Only in that version of the description and newer ones. QEMU: `_V`.
    public VMStateField<S> sinceVersion(int version) {
        return of(declaration.withSince(version));
    }

    /// Only if the test says so, whatever the version; it gets the version too. QEMU: `_TEST`.
    public <T extends S> VMStateField<T> existsIf(ExistsTest<T> test) {
        ExistsTest<Object> erased = erase(test);
        return of(declaration.withTest(erased::exists));
    }

    /// An error, loading and saving, if this field is not there. QEMU: `VMS_MUST_EXIST`.
    public VMStateField<S> mustExist() {
        return of(declaration.withMustExist());
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
        return of(declaration.withCount(new Amount.Fixed(count), 0));
    }

    /// An array of rows, sent row by row. QEMU: `_2DARRAY`.
    public VMStateField<S> array2d(int rows, int columns) {
        return of(declaration.withCount(new Amount.Fixed(rows).times(columns), columns));
    }

    /// An array with as many elements as the member `count` says, which has at most 32 bits and has
    /// to be loaded before. Negative means none. QEMU: `_VARRAY`.
    public VMStateField<S> varray(String count) {
        return of(declaration.withCount(new Amount.Member(count, 1), 0));
    }

    /// An array with as many elements as a function of the state says.
    public <T extends S> VMStateField<T> varray(ToLongFunction<T> count) {
        return of(declaration.withCount(new Amount.Computed(erase(count), 1), 0));
    }

    /// As many bytes or bits as the member `length` says.
    public VMStateField<S> length(String length) {
        return of(declaration.withSize(new Amount.Member(length, 1)));
    }

    /// As many bytes or bits as a function of the state says.
    public <T extends S> VMStateField<T> length(ToLongFunction<T> length) {
        return of(declaration.withSize(new Amount.Computed(erase(length), 1)));
    }

    /// So many times what the count or length says. QEMU: `_MULTIPLY`.
    public VMStateField<S> times(int factor) {
        Amount size = declaration.size();
        Amount count = declaration.count();
        if (size != null) {
            return of(declaration.withSize(size.times(factor)));
        }
        if (count == null) {
            throw new IllegalArgumentException(name() + ": times needs a count or a length first");
        }
        return of(declaration.withCount(count.times(factor), 0));
    }

    /// From that element or byte of the member on. QEMU: `_SUB_ARRAY`, `_START_MIDDLE`.
    public VMStateField<S> from(int start) {
        return of(
                declaration.element() instanceof Element.Bytes
                        ? declaration.withElement(new Element.Bytes(start))
                        : declaration.withFirst(start));
    }

    /// Each element behind a pointer of its own: a null one is sent as a marker, and has to be null
    /// where it is loaded. QEMU: `_ARRAY_OF_POINTER`.
    public VMStateField<S> pointers() {
        return of(declaration.withPointers());
    }

    /// Loading makes new memory for buffers, bitmaps and arrays, unless they are empty; it then
    /// replaces the value of the member. An element of a custom kind takes at least a byte there.
    /// QEMU: `_ALLOC`.
    public VMStateField<S> allocate() {
        return of(declaration.withAllocation());
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
                        .withAllocation());
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

    private <T> VMStateField<T> of(FieldDeclaration changed) {
        return new VMStateField<>(changed, nested);
    }

    /// The same function, of any state; builders only let it meet states of its type.
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    static <F> F erase(Object function) {
        return (F) function;
    }

    /// Decides from the state and the version being saved or loaded whether a field is there.
    @FunctionalInterface
    public interface ExistsTest<S> {
        /// Whether the field is there.
        boolean exists(S state, int versionId);
    }
}
