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
/// @param home where in a state the value is
/// @param element what each element is
/// @param extent how much of the member is sent
/// @param existence when the field is there
/// @param asQemuDoes why the field is declared although a stream can be misread by it; null where
///   that is refused
public record FieldDeclaration(
        String name,
        Home home,
        Element element,
        Extent extent,
        Existence existence,
        @Nullable String asQemuDoes) {

    /// A lone field that every version has.
    public static FieldDeclaration of(String name, Element element) {
        return new FieldDeclaration(
                name, Home.BY_NAME, element, Extent.LONE, Existence.ALWAYS, null);
    }

    /// How many elements there are; null for a lone one.
    public @Nullable Amount count() {
        return extent.count();
    }

    /// How many bytes a buffer or bits a bitmap has; null for other elements.
    public @Nullable Amount size() {
        return extent.size();
    }

    /// Whether loading makes the memory.
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

    /// The test that decides in place of [#since()]; null if there is none.
    public @Nullable FieldTest test() {
        return existence.test();
    }

    /// The name of the member of an object that the field binds to: the one that was given, else
    /// the wire name as Java writes it (`extended_length` becomes `extendedLength`).
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

    /// Whether the field has that wire name, or sends the member of that name.
    public boolean isNamed(String other) {
        return name.equals(other) || (home.accessors() == null && memberName().equals(other));
    }

    /// Whether a state has a value for it: gaps, checks and temporaries have none.
    public boolean hasValue() {
        return !(element instanceof Element.Unused
                || element instanceof Element.Check
                || element instanceof Element.Temporary);
    }

    /// Refuses combinations of modifiers that mean nothing, whatever the state is, by an
    /// `IllegalArgumentException`.
    public void check() {
        new FieldCheck(this).check();
    }

    /// What other programs may know of it: the declaration without code.
    ///
    /// @param version the version of the description
    public SchemaField schema(int version) {
        List<Declaration> nested = element.nested();
        return new SchemaField(
                name,
                new Presence(since(), test() != null),
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

    /// The bytes of one element on the wire, null where they depend on the state.
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

    /// The bytes of all elements on the wire in a body of a version, null where they depend on the
    /// state.
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

    /// The same, with elements of another kind.
    public FieldDeclaration withElement(Element other) {
        return new FieldDeclaration(name, home, other, extent, existence, asQemuDoes);
    }

    /// The same, elsewhere in the state.
    public FieldDeclaration withHome(Home other) {
        return new FieldDeclaration(name, other, element, extent, existence, asQemuDoes);
    }

    /// The same, another part of the member.
    public FieldDeclaration withExtent(Extent other) {
        return new FieldDeclaration(name, home, element, other, existence, asQemuDoes);
    }

    /// The same, there at other times.
    public FieldDeclaration withExistence(Existence other) {
        return new FieldDeclaration(name, home, element, extent, other, asQemuDoes);
    }

    /// The same, although a stream can be misread by it.
    public FieldDeclaration withReason(String why) {
        return new FieldDeclaration(name, home, element, extent, existence, why);
    }
}
