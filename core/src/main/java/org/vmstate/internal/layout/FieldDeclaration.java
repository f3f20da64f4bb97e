// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import org.jspecify.annotations.Nullable;

/// A field as it was declared: a [FieldLayout] that is not yet bound to a kind of state.
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
