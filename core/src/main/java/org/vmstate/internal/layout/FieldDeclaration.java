// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.Framing;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.schema.Presence;
import org.vmstate.internal.schema.Repetition;
import org.vmstate.internal.schema.SchemaField;

/// A field as it was declared, not bound to any kind of state.
///
/// @param name the name on the wire, that is, in the stream's description
/// @param member the name of the member of the state, null where it follows from `name`
/// @param accessors reach the value in place of a member
/// @param element what each element is
/// @param count how many elements there are; null for a lone one
/// @param columns the length of a row of a two-dimensional array, 0 for others
/// @param size how many bytes a buffer or bits a bitmap has; null for other elements
/// @param first the index of the first element that is sent
/// @param pointers whether the member is an array of pointers
/// @param allocated whether loading makes the memory
/// @param since the first version that has the field
/// @param test decides in place of `since`
/// @param mustExist whether it is an error if the field is not there
public record FieldDeclaration(
        String name,
        @Nullable String member,
        @Nullable Accessors accessors,
        Element element,
        @Nullable Amount count,
        int columns,
        @Nullable Amount size,
        int first,
        boolean pointers,
        boolean allocated,
        int since,
        @Nullable FieldTest test,
        boolean mustExist) {

    /// A lone field that every version has.
    public static FieldDeclaration of(String name, Element element) {
        return new FieldDeclaration(
                name, null, null, element, null, 0, null, 0, false, false, 0, null, false);
    }

    /// Refuses combinations of modifiers that mean nothing, whatever the state is, by an
    /// `IllegalArgumentException`.
    public void check() {
        new FieldCheck(this).check();
    }

    /// What other programs may know of it: the declaration without code.
    public SchemaField schema() {
        List<Declaration> nested = element.nested();
        return new SchemaField(
                name,
                new Presence(since, test != null),
                repetition(),
                nested.stream().map(Declaration::schema).toList(),
                element instanceof Element.VersionedStruct(_, int version) ? version : null,
                element.typeName(),
                wireSize(),
                null);
    }

    private Repetition repetition() {
        return switch (count) {
            case null -> new Repetition.Once();
            case Amount.Fixed(int value) -> new Repetition.Times(value);
            case Amount.Member _, Amount.Computed _ -> new Repetition.ByState();
        };
    }

    /// The bytes of one element on the wire, null where they depend on the state.
    private @Nullable Long wireSize() {
        if (pointers) {
            return null;
        }
        return switch (element) {
            case Element.Scalar(ScalarType type, _) -> (long) type.bytes();
            case Element.Bytes _ -> size instanceof Amount.Fixed(int bytes) ? (long) bytes : null;
            case Element.Bitmap _ ->
                    size instanceof Amount.Fixed(int bits)
                            ? Framing.bitmapWords(bits) * Long.BYTES
                            : null;
            case Element.Unused(int bytes) -> (long) bytes;
            case Element.Struct(Declaration inner, _) -> inner.wireSize(inner.version());
            case Element.VersionedStruct(Declaration inner, int version) -> inner.wireSize(version);
            case Element.Temporary(Declaration inner, _) -> inner.wireSize(inner.version());
            case Element.Queue _, Element.Tree _, Element.Custom _ -> null;
            case Element.Check _ -> 0L;
        };
    }

    /// The bytes of all elements on the wire, null where they depend on the state.
    @Nullable Long wholeSize() {
        Long one = wireSize();
        return one == null
                ? null
                : switch (count) {
                    case null -> one;
                    case Amount.Fixed(int value) -> one * value;
                    case Amount.Member _, Amount.Computed _ -> null;
                };
    }

    /// The same, with elements of another kind.
    public FieldDeclaration withElement(Element other) {
        return new FieldDeclaration(
                name, member, accessors, other, count, columns, size, first, pointers, allocated,
                since, test, mustExist);
    }

    /// The same, in the member of that name.
    public FieldDeclaration withMember(String other) {
        return new FieldDeclaration(
                name, other, accessors, element, count, columns, size, first, pointers, allocated,
                since, test, mustExist);
    }

    /// The same, reached by functions.
    public FieldDeclaration withAccessors(Accessors other) {
        return new FieldDeclaration(
                name, member, other, element, count, columns, size, first, pointers, allocated,
                since, test, mustExist);
    }

    /// The same, so many times, in rows of `rowLength` unless that is 0.
    public FieldDeclaration withCount(Amount other, int rowLength) {
        return new FieldDeclaration(
                name, member, accessors, element, other, rowLength, size, first, pointers,
                allocated, since, test, mustExist);
    }

    /// The same, with so many bytes or bits.
    public FieldDeclaration withSize(Amount other) {
        return new FieldDeclaration(
                name, member, accessors, element, count, columns, other, first, pointers, allocated,
                since, test, mustExist);
    }

    /// The same, from that element of the member on.
    public FieldDeclaration withFirst(int index) {
        return new FieldDeclaration(
                name, member, accessors, element, count, columns, size, index, pointers, allocated,
                since, test, mustExist);
    }

    /// The same, as an array of pointers.
    public FieldDeclaration withPointers() {
        return new FieldDeclaration(
                name, member, accessors, element, count, columns, size, first, true, allocated,
                since, test, mustExist);
    }

    /// The same, with memory made by loading.
    public FieldDeclaration withAllocation() {
        return new FieldDeclaration(
                name, member, accessors, element, count, columns, size, first, pointers, true,
                since, test, mustExist);
    }

    /// The same, from that version on.
    public FieldDeclaration withSince(int version) {
        return new FieldDeclaration(
                name, member, accessors, element, count, columns, size, first, pointers, allocated,
                version, test, mustExist);
    }

    /// The same, there only if the test says so.
    public FieldDeclaration withTest(FieldTest other) {
        return new FieldDeclaration(
                name, member, accessors, element, count, columns, size, first, pointers, allocated,
                since, other, mustExist);
    }

    /// The same, an error if it is not there.
    public FieldDeclaration withMustExist() {
        return new FieldDeclaration(
                name, member, accessors, element, count, columns, size, first, pointers, allocated,
                since, test, true);
    }
}
