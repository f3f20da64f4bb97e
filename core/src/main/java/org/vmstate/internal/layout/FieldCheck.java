// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.ScalarType;

/// Rejects combinations of modifiers that are meaningless for every state.
record FieldCheck(FieldDeclaration field) {
    void check() {
        Element element = field.element();
        boolean sized = element instanceof Element.Bytes || element instanceof Element.Bitmap;
        demand(sized == (field.size() != null), sized ? "needs a length" : "has no length");
        notNegative(field.count(), "count");
        notNegative(field.size(), "size");
        demand(field.extent().first() >= 0, "begins before its first element");
        demand(field.since() >= 0, "begins before version 0");
        boolean multiple = field.count() != null;
        demand(!multiple || canRepeat(element), "cannot be an array");
        demand(multiple || field.extent().first() == 0, "is not an array, and from means nothing");
        demand(!field.pointers() || multiple, "pointers means nothing without an array");
        demand(
                !field.pointers()
                        || element instanceof Element.Scalar
                        || element instanceof Element.Struct
                        || element instanceof Element.VersionedStruct
                        || element instanceof Element.Custom,
                "cannot be an array of pointers");
        demand(!field.allocated() || canAllocate(element, multiple), "cannot be allocated");
        demand(
                field.home().conversion() == null || !multiple,
                "cannot be an array: declare a class with it, and an array of that");
        demand(
                !(field.allocated() && field.pointers())
                        || element instanceof Element.Struct
                        || element instanceof Element.Scalar,
                "loading cannot make what the pointers point to");
        switch (element) {
            case Element.Unused(int size) -> demand(size >= 0, "has a negative size");
            case Element.Bytes(int start) -> demand(start >= 0, "begins before its first byte");
            case Element.VersionedStruct struct -> versions(struct);
            case Element.Scalar(ScalarType type, var hint) ->
                    demand(
                            hint == null || type.check() != ScalarType.Check.NONE,
                            "has a hint, but loading compares nothing: hints are for numbers that"
                                    + " must be equal");
            default -> {}
        }
    }

    private static void versions(Element.VersionedStruct struct) {
        Declaration inner = struct.inner();
        for (int version : struct.versions().values()) {
            if (version < inner.minimumVersion() || version > inner.version()) {
                throw new IllegalArgumentException(
                        "version "
                                + version
                                + " of "
                                + inner.name()
                                + " is not one that is loaded, which are "
                                + inner.minimumVersion()
                                + ".."
                                + inner.version());
            }
        }
    }

    private static boolean canRepeat(Element element) {
        return switch (element) {
            case Element.Bytes _,
                    Element.Bitmap _,
                    Element.Temporary _,
                    Element.Check _,
                    Element.Queue _,
                    Element.Tree _ ->
                    false;
            default -> true;
        };
    }

    private static boolean canAllocate(Element element, boolean multiple) {
        return switch (element) {
            case Element.Bytes _, Element.Bitmap _, Element.Struct _ -> true;
            case Element.Scalar _, Element.Custom _ -> multiple;
            default -> false;
        };
    }

    private static void notNegative(@Nullable Amount amount, String what) {
        boolean fits =
                switch (amount) {
                    case null -> true;
                    case Amount.Fixed(int value) -> value >= 0;
                    case Amount.Member(_, int factor) -> factor > 0;
                    case Amount.Computed(_, int factor) -> factor > 0;
                };
        demand(fits, what + " is negative");
    }

    private static void demand(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
