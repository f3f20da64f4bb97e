// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Rejects fields that are not loaded in the way they are saved, so that a stream is misread or
/// state is lost without an error.
///
/// QEMU accepts all of them; see `docs/design/0015-declarations.md`.
public final class MisreadCheck {
    private final int version;
    private final int minimumVersion;
    private final List<FieldDeclaration> fields;
    private final Set<String> notSent;

    /// Maps the name of each field without a test to the index of its first field.
    private final Map<String, Integer> first = new HashMap<>();

    /// Creates a check for the fields of a declaration.
    public MisreadCheck(Declaration declared) {
        this.version = declared.version();
        this.minimumVersion = declared.minimumVersion();
        this.fields = declared.fields();
        this.notSent = declared.notSent();
        for (int i = 0; i < fields.size(); i++) {
            FieldDeclaration field = fields.get(i);
            if (field.test() == null && field.hasValue()) {
                first.putIfAbsent(field.name(), i);
            }
        }
    }

    /// Throws `IllegalArgumentException`, with a declaration to use instead, if the field at an
    /// index can be misread.
    public void check(int index) {
        FieldDeclaration field = fields.get(index);
        if (field.test() == null && field.since() > version) {
            throw refused(
                    "is never sent: it begins at version "
                            + field.since()
                            + ", the description is at version "
                            + version
                            + "; raise versionId");
        }
        boolean elements =
                field.element() instanceof Element.Queue || field.element() instanceof Element.Tree;
        if (field.test() != null && field.since() > 0 && !elements) {
            throw refused(
                    "has a test, which decides alone: sinceVersion("
                            + field.since()
                            + ") has no effect; the test receives the version");
        }
        switch (field.element()) {
            case Element.VersionedStruct struct -> versions(struct);
            case Element.Queue queue -> element(field, queue.inner());
            case Element.Tree tree -> {
                if (tree.key() != null) {
                    element(field, tree.key().inner());
                }
                element(field, tree.value().inner());
            }
            case Element.Temporary(Declaration inner, _) -> temporary(inner);
            case Element.Struct(Declaration inner, _) -> struct(field, inner);
            default -> {}
        }
        comesBefore(field, index, field.count());
        comesBefore(field, index, field.size());
        computed(field);
        twice(index);
    }

    /// The versions of a structure must not decrease as its parent's versions increase, and the
    /// parent's current version must send the structure's current version.
    private void versions(Element.VersionedStruct struct) {
        int before = 0;
        for (Map.Entry<Integer, Integer> step : struct.versions().entrySet()) {
            if (step.getKey() < 0 || step.getKey() > version) {
                throw refused(
                        "elementVersion("
                                + step.getKey()
                                + ", ...) is never reached: the description is at version "
                                + version);
            }
            if (step.getValue() < before) {
                throw refused("its structure has an older version in a newer one of this");
            }
            before = step.getValue();
        }
        Declaration inner = struct.inner();
        if (before < inner.version() && changing(inner, before) != null) {
            throw refused(
                    "is sent at version "
                            + before
                            + " of "
                            + inner.name()
                            + ", which has no field "
                            + name(changing(inner, before))
                            + ": raise versionId and declare elementVersion(versionId, "
                            + inner.version()
                            + ")");
        }
    }

    /// Elements are written at their current version and read at the version of the field.
    private static void element(FieldDeclaration field, Declaration inner) {
        if (field.since() != inner.version()) {
            throw refused(
                    "its elements are written at version "
                            + inner.version()
                            + " of "
                            + inner.name()
                            + " and read at version "
                            + field.since()
                            + ", the field's: "
                            + (field.since() < inner.version()
                                    ? "let the elements grow by a subsection of their own"
                                    : "put a new queue into a subsection, or raise the version of "
                                            + inner.name()));
        }
    }

    /// A temporary is written at its current version and read at version 0.
    private static void temporary(Declaration inner) {
        if (inner.minimumVersion() > 0) {
            throw refused(
                    "a temporary is read at version 0, which "
                            + inner.name()
                            + " does not load: give it minimumVersionId(0)");
        }
        FieldDeclaration changing = changing(inner, 0);
        if (changing != null) {
            throw refused(
                    "a temporary is read at version 0, at which "
                            + inner.name()
                            + " has no field "
                            + changing.name());
        }
    }

    /// A structure is written and read at its current version, regardless of the version of its
    /// parent.
    private void struct(FieldDeclaration field, Declaration inner) {
        boolean inOlder = field.test() == null && Math.max(field.since(), minimumVersion) < version;
        FieldDeclaration changing = inOlder ? changing(inner, inner.minimumVersion()) : null;
        if (changing != null) {
            throw refused(
                    "older versions of this description have it too, but it is unknown which"
                            + " version of "
                            + inner.name()
                            + " they contain, and its field "
                            + changing.name()
                            + " was added later: use vstruct, with elementVersion for each change");
        }
    }

    /// Returns a field, at any depth, that exists in the current version of a description but not
    /// in an older one; null if there is none.
    private static @Nullable FieldDeclaration changing(Declaration inner, int older) {
        for (FieldDeclaration field : inner.fields()) {
            if (field.test() == null && field.since() > older && field.since() <= inner.version()) {
                return field;
            }
            FieldDeclaration deeper =
                    switch (field.element()) {
                        case Element.VersionedStruct struct ->
                                struct.version(older) == struct.version(inner.version())
                                        ? null
                                        : field;
                        case Element.Struct(Declaration nested, _) ->
                                changing(nested, nested.minimumVersion());
                        default -> null;
                    };
            if (deeper != null) {
                return deeper;
            }
        }
        return null;
    }

    private static String name(@Nullable FieldDeclaration field) {
        return field == null ? "" : field.name();
    }

    /// The count of an array must be loaded before the array, in every version that has the array.
    private void comesBefore(FieldDeclaration field, int index, @Nullable Amount amount) {
        if (!(amount instanceof Amount.Member(String name, _))) {
            return;
        }
        int at = 0;
        while (at < fields.size() && !fields.get(at).isNamed(name)) {
            at++;
        }
        if (at == fields.size()) {
            if (field.allocated() && !notSent.contains(name)) {
                throw refused(
                        "loading takes its length from the destination's "
                                + name
                                + ", which no field sends: send it before, or declare notSent(\""
                                + name
                                + "\") if both sides have the same value");
            }
            return;
        }
        if (at >= index) {
            throw refused("is loaded before its count " + name + ": put " + name + " before it");
        }
        FieldDeclaration count = fields.get(at);
        int from = Math.max(field.since(), minimumVersion);
        if (count.test() == null ? count.since() > from : field.test() == null) {
            throw refused("may exist without its count " + name);
        }
    }

    /// The length of what loading allocates must be the saved length.
    private static void computed(FieldDeclaration field) {
        boolean computed =
                field.count() instanceof Amount.Computed || field.size() instanceof Amount.Computed;
        boolean set =
                field.home().accessors() instanceof Accessors.OfObject(_, var setter)
                        && setter != null
                        && !(field.element() instanceof Element.Bitmap);
        if (computed && (field.allocated() || set)) {
            throw refused(
                    "loading computes its length by a function of the destination: send the"
                            + " length in a field and name that field (for a String, use"
                            + " string(name, maxBytes))");
        }
    }

    private void twice(int index) {
        FieldDeclaration field = fields.get(index);
        if (field.test() == null
                && field.hasValue()
                && first.getOrDefault(field.name(), index) != index) {
            throw refused(
                    "is sent twice: give one of them another wire name and bind it with"
                            + " named(member); QEMU numbers such names in its description");
        }
    }

    private static IllegalArgumentException refused(String why) {
        return new IllegalArgumentException(
                why + "; if QEMU itself declares it so, use asQemuDoes(reason)");
    }
}
