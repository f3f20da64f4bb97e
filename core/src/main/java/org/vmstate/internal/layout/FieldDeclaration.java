// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.Framing;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.schema.Repetition;
import org.vmstate.internal.schema.SchemaExistence;
import org.vmstate.internal.schema.SchemaField;

/// The declared properties of a field, not bound to any kind of state.
///
/// @param name the name in the stream's description
/// @param home the place of the value in a state
/// @param element the kind of the elements
/// @param extent the part of the member that is sent
/// @param existence the condition under which the field exists
/// @param asQemuDoes the reason to accept a field that can misread a stream; null if such a field
///   is to be rejected
public record FieldDeclaration(
        String name,
        Home home,
        Element element,
        Extent extent,
        Existence existence,
        @Nullable String asQemuDoes) {

    /// Returns a field with a single element that exists in every version.
    public static FieldDeclaration of(String name, Element element) {
        return new FieldDeclaration(
                name, Home.BY_NAME, element, Extent.LONE, Existence.ALWAYS, null);
    }

    /// The number of elements; null if the field is not an array.
    public @Nullable Amount count() {
        return extent.count();
    }

    /// The number of bytes of a buffer or bits of a bitmap; null for other elements.
    public @Nullable Amount size() {
        return extent.size();
    }

    /// Whether loading allocates the elements.
    public boolean allocated() {
        return extent.allocated();
    }

    /// Whether the member is an array of pointers.
    public boolean pointers() {
        return extent.pointers();
    }

    /// The first version that has the field.
    public int since() {
        return existence.since();
    }

    /// The test that decides instead of [#since()]; null if there is none.
    public @Nullable FieldTest test() {
        return existence.test();
    }

    /// The name of the member of an object that the field binds to: the declared one, otherwise the
    /// wire name in lowerCamelCase (`extended_length` becomes `extendedLength`).
    public String memberName() {
        String given = home.member();
        if (given != null) {
            return given;
        }
        StringBuilder java = new StringBuilder();
        boolean upper = false;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '_' || c == '-') {
                upper = !java.isEmpty();
            } else {
                java.append(upper ? Character.toUpperCase(c) : c);
                upper = false;
            }
        }
        return java.toString();
    }

    /// Whether the wire name of the field or the name of its member equals `other`.
    public boolean isNamed(String other) {
        return name.equals(other) || (home.accessors() == null && memberName().equals(other));
    }

    /// Whether a state contains a value for the field: gaps, checks and temporaries have none.
    public boolean hasValue() {
        return !(element instanceof Element.Unused
                || element instanceof Element.Check
                || element instanceof Element.Temporary);
    }

    /// Throws `IllegalArgumentException` for combinations of modifiers that are meaningless for
    /// every state.
    public void check() {
        new FieldCheck(this).check();
    }

    /// Returns the schema of the field: the declaration without its code, for other programs.
    ///
    /// @param version the version of the description
    public SchemaField schema(int version) {
        List<Declaration> nested = element.nested();
        return new SchemaField(
                name,
                new SchemaExistence(since(), test() != null),
                repetition(),
                nested.stream().map(Declaration::schema).toList(),
                element instanceof Element.VersionedStruct struct ? struct.version(version) : null,
                element.typeName(),
                wireSize(version),
                null);
    }

    private Repetition repetition() {
        return switch (count()) {
            case null -> new Repetition.Once();
            case Amount.Fixed(int value) -> new Repetition.Times(value);
            case Amount.Member _, Amount.Computed _ -> new Repetition.ByState();
        };
    }

    /// Returns the size of one element on the wire, or null if it depends on the state.
    private @Nullable Long wireSize(int version) {
        if (pointers()) {
            return null;
        }
        return switch (element) {
            case Element.Scalar(ScalarType type, _) -> (long) type.bytes();
            case Element.Bytes _ -> size() instanceof Amount.Fixed(int bytes) ? (long) bytes : null;
            case Element.Bitmap _ ->
                    size() instanceof Amount.Fixed(int bits)
                            ? Framing.bitmapWords(bits) * Long.BYTES
                            : null;
            case Element.Unused(int bytes) -> (long) bytes;
            case Element.Struct(Declaration inner, _) -> inner.wireSize(inner.version());
            case Element.VersionedStruct struct -> struct.inner().wireSize(struct.version(version));
            case Element.Temporary(Declaration inner, _) -> inner.wireSize(inner.version());
            case Element.Queue _, Element.Tree _, Element.Custom _ -> null;
            case Element.Check _ -> 0L;
        };
    }

    /// Returns the size of all elements on the wire in a body of a version, or null if it depends
    /// on the state.
    @Nullable Long wholeSize(int version) {
        Long one = wireSize(version);
        return one == null
                ? null
                : switch (count()) {
                    case null -> one;
                    case Amount.Fixed(int value) -> one * value;
                    case Amount.Member _, Amount.Computed _ -> null;
                };
    }

    /// Returns a copy with elements of another kind.
    public FieldDeclaration withElement(Element other) {
        return new FieldDeclaration(name, home, other, extent, existence, asQemuDoes);
    }

    /// Returns a copy with the value in another place of the state.
    public FieldDeclaration withHome(Home other) {
        return new FieldDeclaration(name, other, element, extent, existence, asQemuDoes);
    }

    /// Returns a copy with another extent.
    public FieldDeclaration withExtent(Extent other) {
        return new FieldDeclaration(name, home, element, other, existence, asQemuDoes);
    }

    /// Returns a copy with another condition of existence.
    public FieldDeclaration withExistence(Existence other) {
        return new FieldDeclaration(name, home, element, extent, other, asQemuDoes);
    }

    /// Returns a copy that is accepted although it can misread a stream.
    public FieldDeclaration withReason(String why) {
        return new FieldDeclaration(name, home, element, extent, existence, why);
    }
}
