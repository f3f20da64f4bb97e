// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.FormatLimits;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.format.SubsectionHeader;
import org.vmstate.internal.layout.Amount;
import org.vmstate.internal.layout.Declaration;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.FieldDeclaration;
import org.vmstate.internal.layout.MisreadCheck;

/// Creates the layout of a declaration: binds it to its kind of state and rejects what cannot work.
public final class LayoutFactory {
    private final Declaration declared;
    private final String name;
    private final Binder binder;

    /// Creates a factory for the layout of a declaration.
    public LayoutFactory(Declaration declared, Binder binder) {
        this.declared = declared;
        this.name = declared.name();
        this.binder = binder;
    }

    /// Returns the layout. Throws `IllegalArgumentException` if the declaration cannot work.
    ///
    /// @param nested the layouts of the descriptions that each field nests
    /// @param subsections the layouts of the subsections
    public Layout layout(List<List<Layout>> nested, List<Layout> subsections) {
        checkHead();
        for (int i = 0; i < subsections.size(); i++) {
            subsection(subsections.get(i), subsections.subList(0, i));
        }
        for (String member : declared.notSent()) {
            try {
                binder.checkMember(member);
            } catch (IllegalArgumentException e) {
                throw refused(e.getMessage(), e);
            }
        }
        List<FieldDeclaration> declarations = declared.fields();
        MisreadCheck misreads = new MisreadCheck(declared);
        Map<String, Integer> counts = new HashMap<>();
        for (FieldDeclaration field : declarations) {
            counts.put(field.name(), counts.getOrDefault(field.name(), 0) + 1);
        }
        Map<String, Integer> before = new HashMap<>();
        List<FieldLayout> fields = new ArrayList<>();
        for (int i = 0; i < declarations.size(); i++) {
            FieldDeclaration field = declarations.get(i);
            try {
                field.check();
                if (field.asQemuDoes() == null) {
                    misreads.check(i);
                }
                if (drafts() && !canDraft(field)) {
                    throw new IllegalArgumentException(
                            "a record cannot hold it: nothing may ask or fill a record before it is"
                                    + " made");
                }
                checkWhole(nested.get(i));
                String described = field.name();
                String nulls = field.name();
                if (counts.getOrDefault(field.name(), 0) > 1) {
                    int earlier = before.getOrDefault(field.name(), 0);
                    before.put(field.name(), earlier + 1);
                    described = field.name() + "[" + earlier + "]";
                    nulls = field.name() + "[-1]";
                }
                fields.add(field(field, described, nulls, declarations, nested.get(i)));
            } catch (IllegalArgumentException e) {
                throw refused("field " + field.name() + ": " + e.getMessage(), e);
            }
        }
        if (binder.form() instanceof RecordForm form && !declared.partial()) {
            form.checkComplete(declared);
        }
        return new Layout(declared, fields, subsections, binder.form());
    }

    /// Rejects names and versions that cannot work.
    private void checkHead() {
        int version = declared.version();
        int minimumVersion = declared.minimumVersion();
        if (name.isEmpty()) {
            throw refused("a description needs a name", null);
        }
        if (version < 0) {
            throw refused("version " + version + " is below 0", null);
        }
        if (minimumVersion < 0 || minimumVersion > version) {
            throw refused("minimum version " + minimumVersion + " is not in 0.." + version, null);
        }
        if (drafts() && declared.hooks().preLoad() != null) {
            throw refused(
                    "a record has no state before it is loaded that a hook could change", null);
        }
        if (!drafts() && declared.partial()) {
            throw refused("only a subsection of a record is partial", null);
        }
    }

    /// Whether states are created from drafts.
    private boolean drafts() {
        return binder.form().draft() != null;
    }

    private IllegalArgumentException refused(
            @Nullable String why, @Nullable IllegalArgumentException cause) {
        return new IllegalArgumentException(name + ": " + why, cause);
    }

    private static void checkWhole(List<Layout> nested) {
        for (Layout inner : nested) {
            if (inner.declaration().partial()) {
                throw new IllegalArgumentException(
                        inner.name() + " is partial, which only a subsection can be");
            }
        }
    }

    private void subsection(Layout subsection, List<Layout> before) {
        String sub = subsection.name();
        if (!SubsectionHeader.belongsTo(sub, name)) {
            throw refused("the name of subsection " + sub + " does not begin with " + name, null);
        }
        if (!FormatLimits.nameFits(sub)) {
            throw refused(
                    "the name of subsection "
                            + sub
                            + " has more than "
                            + FormatLimits.MAX_NAME_BYTES
                            + " bytes",
                    null);
        }
        if (subsection.version() > FormatLimits.MAX_SUBSECTION_VERSION) {
            throw refused(
                    "the version of subsection "
                            + sub
                            + " is above "
                            + FormatLimits.MAX_SUBSECTION_VERSION,
                    null);
        }
        for (Layout other : before) {
            if (other.name().equals(sub)) {
                throw refused("subsection " + sub + " is there twice", null);
            }
        }
        boolean draft = subsection.form().draft() != null;
        if (draft != drafts() || (draft && subsection.hooks().postLoad() != null)) {
            throw refused(
                    "subsection "
                            + sub
                            + " has another kind of state, or a hook that needs a record",
                    null);
        }
    }

    /// Whether a record can have the field: a record is created after all its components have been
    /// loaded, so nothing may access it before that.
    private static boolean canDraft(FieldDeclaration field) {
        boolean asks =
                field.home().accessors() != null
                        || field.test() != null
                        || field.count() instanceof Amount.Computed
                        || field.size() instanceof Amount.Computed;
        boolean filled =
                switch (field.element()) {
                    case Element.Queue _, Element.Tree _, Element.Temporary _ -> true;
                    case Element.Unused _ -> false;
                    default ->
                            (field.count() != null || field.size() != null) && !field.allocated();
                };
        return !asks && !filled;
    }

    private FieldLayout field(
            FieldDeclaration field,
            String describedName,
            String describedNullName,
            List<FieldDeclaration> all,
            List<Layout> nested) {
        boolean compressible =
                field.test() == null
                        && !(field.pointers() && field.allocated())
                        && !(field.element() instanceof Element.Struct
                                && !nested.getFirst().compressible());
        Count count = field.count() == null ? new Count.One() : count(field.count(), all);
        return new FieldLayout(
                field.name(),
                describedName,
                describedNullName,
                field.element(),
                field.element() instanceof Element.Check ? new Count.Fixed(0) : count,
                field.size() == null ? null : count(field.size(), all),
                field.extent().first(),
                field.pointers(),
                field.allocated(),
                field.since(),
                field.test(),
                field.existence().must(),
                compressible,
                binder.field(field, nested),
                nested);
    }

    private Count count(Amount amount, List<FieldDeclaration> all) {
        return switch (amount) {
            case Amount.Fixed(int value) -> new Count.Fixed(value);
            case Amount.Computed(var function, int factor) ->
                    new Count.Counted(function::applyAsLong, null, factor);
            case Amount.Member(String member, int factor) -> counted(member, factor, all);
        };
    }

    private Count counted(String wireName, int factor, List<FieldDeclaration> all) {
        for (FieldDeclaration field : all) {
            if (field.isNamed(wireName)) {
                if (!(field.element() instanceof Element.Scalar(ScalarType type, _))
                        || type.bytes() > 4
                        || field.count() != null) {
                    throw new IllegalArgumentException(
                            wireName + " is not a lone number of at most 32 bits");
                }
                return new Count.Counted(binder.number(field, type), field.name(), factor);
            }
        }
        FieldDeclaration unsent = FieldDeclaration.of(wireName, new Element.Check());
        return new Count.Counted(binder.number(unsent, null), null, factor);
    }
}
