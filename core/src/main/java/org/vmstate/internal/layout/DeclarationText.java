// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.ScalarType;

/// Formats declarations as readable text: one line each for the description, its fields and its
/// subsections.
///
/// ```
/// timer, version 2, loads 1..2
///   cpu_ticks_offset: int64
///   deadlines: int64[count], since version 2
///   subsection timer/slow, version 1
/// ```
public final class DeclarationText {
    private DeclarationText() {}

    /// Returns the lines of a description, including those of its subsections.
    public static String of(Declaration declaration) {
        StringBuilder text = new StringBuilder();
        append(declaration, "", "", text);
        return text.toString();
    }

    private static void append(
            Declaration declaration, String indent, String what, StringBuilder text) {
        text.append(indent).append(what).append(declaration.name());
        text.append(", version ").append(declaration.version());
        if (declaration.minimumVersion() < declaration.version()) {
            text.append(", loads ").append(declaration.minimumVersion()).append("..");
            text.append(declaration.version());
        }
        if (declaration.unmigratable()) {
            text.append(", unmigratable");
        }
        if (declaration.partial()) {
            text.append(", partial");
        }
        if (!declaration.notSent().isEmpty()) {
            text.append(", not sent: ");
            text.append(String.join(" ", new TreeSet<>(declaration.notSent())));
        }
        hook(declaration.hooks().needed(), "if needed", text);
        hook(declaration.hooks().preSave(), "preSave", text);
        hook(declaration.hooks().postSave(), "postSave", text);
        hook(declaration.hooks().preLoad(), "preLoad", text);
        hook(declaration.hooks().postLoad(), "postLoad", text);
        for (FieldDeclaration field : declaration.fields()) {
            text.append('\n').append(indent).append("  ").append(of(field));
        }
        for (Declaration subsection : declaration.subsections()) {
            text.append('\n');
            append(subsection, indent + "  ", "subsection ", text);
        }
    }

    private static void hook(@Nullable Object hook, String name, StringBuilder text) {
        if (hook != null) {
            text.append(", ").append(name);
        }
    }

    /// Returns the line of a field.
    public static String of(FieldDeclaration field) {
        List<String> parts = new ArrayList<>();
        parts.add(field.name() + ": " + type(field));
        List<Declaration> nested = field.element().nested();
        if (!nested.isEmpty()) {
            parts.add(
                    "of " + String.join(" and ", nested.stream().map(d -> at(field, d)).toList()));
        }
        if (field.extent().part()) {
            parts.add(
                    field.element() instanceof Element.Bytes(int start)
                            ? "from byte " + start
                            : "from element " + field.extent().first());
        }
        if (field.allocated()) {
            parts.add("allocated");
        }
        Home home = field.home();
        if (home.member() != null) {
            parts.add("in " + home.member());
        }
        if (home.accessors() != null) {
            parts.add("by functions");
        }
        if (home.conversion() != null) {
            parts.add("from " + home.conversion().type().getSimpleName());
        }
        if (field.test() != null) {
            parts.add(field.element() instanceof Element.Check ? "checked" : "if a test is true");
        } else if (field.since() > 0) {
            parts.add("since version " + field.since());
        }
        if (field.existence().must() && !(field.element() instanceof Element.Check)) {
            parts.add("must exist");
        }
        if (field.asQemuDoes() != null) {
            parts.add("as QEMU does (" + field.asQemuDoes() + ")");
        }
        return String.join(", ", parts);
    }

    private static String type(FieldDeclaration field) {
        String one =
                switch (field.element()) {
                    case Element.Scalar(ScalarType type, _) -> type.typeName();
                    case Element.Unused(int size) -> "unused of " + size + " bytes";
                    case Element element -> element.typeName();
                };
        String size = field.size() == null ? "" : " of " + amount(field.size());
        String bytes =
                size.isEmpty()
                        ? ""
                        : field.element() instanceof Element.Bitmap ? " bits" : " bytes";
        String count = field.count() == null ? "" : "[" + amount(field.count()) + "]";
        return one + size + bytes + count + (field.pointers() ? " of pointers" : "");
    }

    private static String amount(@Nullable Amount amount) {
        return switch (amount) {
            case null -> "1";
            case Amount.Fixed(int value) -> Integer.toString(value);
            case Amount.Member(String name, int factor) -> times(name, factor);
            case Amount.Computed(_, int factor) -> times("a function", factor);
        };
    }

    private static String times(String what, int factor) {
        return factor == 1 ? what : what + " * " + factor;
    }

    private static String at(FieldDeclaration field, Declaration inner) {
        if (!(field.element() instanceof Element.VersionedStruct struct)) {
            return inner.name() + " version " + inner.version();
        }
        StringBuilder text = new StringBuilder(inner.name());
        for (Map.Entry<Integer, Integer> version : struct.versions().entrySet()) {
            text.append(text.length() == inner.name().length() ? " version " : ", version ");
            text.append(version.getValue());
            if (version.getKey() > 0) {
                text.append(" since version ").append(version.getKey());
            }
        }
        return text.toString();
    }
}
