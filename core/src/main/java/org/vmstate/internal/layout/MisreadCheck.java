// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Refuses fields that are saved in one way and loaded in another, so that a stream is misread or
/// state is lost without an error.
///
/// QEMU takes all of them; see `docs/design/0015-declarations.md`.
public final class MisreadCheck {
    private final int version;
    private final int minimumVersion;
    private final List<FieldDeclaration> fields;

    /// For each name that is sent whatever a test says: where it is first.
    private final Map<String, Integer> first = new HashMap<>();

    /// A check of the fields of a description, in wire order.
    ///
    /// @param version the version of the description
    /// @param minimumVersion the lowest version that it loads
    public MisreadCheck(int version, int minimumVersion, List<FieldDeclaration> fields) {
        this.version = version;
        this.minimumVersion = minimumVersion;
        this.fields = fields;
        for (int i = 0; i < fields.size(); i++) {
            FieldDeclaration field = fields.get(i);
            if (field.test() == null && field.hasValue()) {
                first.putIfAbsent(field.name(), i);
            }
        }
    }

    /// Refuses the field at an index by an `IllegalArgumentException` that says what to declare.
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
        switch (field.element()) {
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
        comesBefore(index, field.count());
        comesBefore(index, field.size());
        computed(field);
        twice(index);
    }

    /// Elements are written at their current version and read at the field's.
    private static void element(FieldDeclaration field, Declaration inner) {
        if (field.since() != inner.version()) {
            throw refused(
                    "its elements are written at version "
                            + inner.version()
                            + " of "
                            + inner.name()
                            + " and read at version "
                            + field.since()
                            + ", the field's: give the field version "
                            + inner.version());
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
        FieldDeclaration changing = changing(inner);
        if (changing != null) {
            throw refused(
                    "a temporary is read at version 0, at which "
                            + inner.name()
                            + " has no field "
                            + changing.name());
        }
    }

    /// A structure is written and read at its current version, whatever version its parent has.
    private void struct(FieldDeclaration field, Declaration inner) {
        boolean inOlder = field.test() == null && Math.max(field.since(), minimumVersion) < version;
        FieldDeclaration changing = inOlder ? changing(inner) : null;
        if (changing != null) {
            throw refused(
                    "older versions of this description have it too, but nothing says which version of "
                            + inner.name()
                            + " they hold, and its field "
                            + changing.name()
                            + " came later: use vstruct, with elementVersion for each change");
        }
    }

    /// A field that some of the versions lack which the description loads; null if there is none.
    private static @Nullable FieldDeclaration changing(Declaration inner) {
        for (FieldDeclaration field : inner.fields()) {
            if (field.test() == null
                    && field.since() > inner.minimumVersion()
                    && field.since() <= inner.version()) {
                return field;
            }
        }
        return null;
    }

    private void comesBefore(int index, @Nullable Amount amount) {
        if (amount instanceof Amount.Member(String name, _)
                && isSent(name, index, fields.size())
                && !isSent(name, 0, index)) {
            throw refused(
                    "is loaded before "
                            + name
                            + ", which counts it: put "
                            + name
                            + " in front of it");
        }
    }

    private boolean isSent(String name, int from, int to) {
        for (int i = from; i < to; i++) {
            if (fields.get(i).name().equals(name)) {
                return true;
            }
        }
        return false;
    }

    /// What loading allocates has to be as long as what was saved.
    private static void computed(FieldDeclaration field) {
        boolean computed =
                field.count() instanceof Amount.Computed || field.size() instanceof Amount.Computed;
        if (computed && field.allocated()) {
            throw refused(
                    "loading makes it as long as a function of the destination says: send the length in"
                            + " a field and name that (a String is a string(name, maxBytes))");
        }
    }

    private void twice(int index) {
        FieldDeclaration field = fields.get(index);
        if (field.test() == null
                && field.hasValue()
                && first.getOrDefault(field.name(), index) != index) {
            throw refused("is sent twice; QEMU numbers such names in its description");
        }
    }

    private static IllegalArgumentException refused(String why) {
        return new IllegalArgumentException(
                why + "; if QEMU itself declares it so, say asQemuDoes(reason)");
    }
}
