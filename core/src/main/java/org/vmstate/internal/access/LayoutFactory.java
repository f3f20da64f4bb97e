// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.util.ArrayList;
import java.util.List;
import org.vmstate.internal.format.FormatLimits;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.format.SubsectionHeader;
import org.vmstate.internal.layout.Amount;
import org.vmstate.internal.layout.Declaration;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.FieldDeclaration;
import org.vmstate.internal.layout.Hooks;

/// Makes a layout of declarations: binds them to their kind of state, and refuses what cannot work.
public final class LayoutFactory {
    private final String name;
    private final Binder binder;

    /// A factory for a layout of that name.
    public LayoutFactory(String name, Binder binder) {
        this.name = name;
        this.binder = binder;
    }

    /// The layout; what cannot work is an `IllegalArgumentException`.
    public Layout layout(
            int version,
            int minimumVersion,
            List<FieldBinding> bindings,
            List<Layout> subsections,
            Hooks hooks,
            boolean unmigratable) {
        demand(!name.isEmpty(), "a description needs a name");
        demand(
                minimumVersion >= 0 && minimumVersion <= version,
                "minimum version " + minimumVersion + " is not in 0.." + version);
        for (int i = 0; i < subsections.size(); i++) {
            subsection(subsections.get(i), subsections.subList(0, i));
        }
        boolean drafts = binder.form().draft() != null;
        demand(
                !drafts || hooks.preLoad() == null,
                "a record has no state before it is loaded that a hook could change");
        List<FieldDeclaration> declarations =
                bindings.stream().map(FieldBinding::declaration).toList();
        List<FieldLayout> fields = new ArrayList<>();
        for (int i = 0; i < declarations.size(); i++) {
            FieldDeclaration field = declarations.get(i);
            try {
                field.check();
                if (drafts && !canDraft(field)) {
                    throw new IllegalArgumentException("a record cannot hold it");
                }
                fields.add(field(i, declarations, bindings.get(i).nested()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        name + ": field " + field.name() + ": " + e.getMessage(), e);
            }
        }
        Declaration declaration =
                new Declaration(
                        name,
                        version,
                        minimumVersion,
                        declarations,
                        subsections.stream().map(Layout::declaration).toList(),
                        hooks,
                        unmigratable);
        return new Layout(declaration, fields, subsections, binder.form());
    }

    private void subsection(Layout subsection, List<Layout> before) {
        String sub = subsection.name();
        demand(
                SubsectionHeader.belongsTo(sub, name),
                "the name of subsection " + sub + " does not begin with " + name);
        demand(
                FormatLimits.nameFits(sub),
                "the name of subsection "
                        + sub
                        + " has more than "
                        + FormatLimits.MAX_NAME_BYTES
                        + " bytes");
        demand(
                subsection.version() <= FormatLimits.MAX_SUBSECTION_VERSION,
                "the version of subsection "
                        + sub
                        + " is above "
                        + FormatLimits.MAX_SUBSECTION_VERSION);
        demand(
                before.stream().noneMatch(s -> s.name().equals(sub)),
                "subsection " + sub + " is there twice");
        demand(
                (subsection.form().draft() == null) == (binder.form().draft() == null)
                        && (subsection.form().draft() == null
                                || subsection.hooks().postLoad() == null),
                "subsection " + sub + " has another kind of state, or a hook that needs a record");
    }

    /// A record is made when all its components are loaded, so nothing may ask it before.
    private static boolean canDraft(FieldDeclaration field) {
        boolean asks =
                field.test() != null
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

    private FieldLayout field(int index, List<FieldDeclaration> all, List<Layout> nested) {
        FieldDeclaration field = all.get(index);
        long same = count(field.name(), all);
        long before = count(field.name(), all.subList(0, index));
        boolean compressible =
                field.test() == null
                        && !(field.pointers() && field.allocated())
                        && !(field.element() instanceof Element.Struct
                                && !nested.getFirst().compressible());
        Count count = field.count() == null ? new Count.One() : count(field.count(), all);
        return new FieldLayout(
                field.name(),
                same > 1 ? field.name() + "[" + before + "]" : field.name(),
                same > 1 ? field.name() + "[-1]" : field.name(),
                field.element(),
                field.element() instanceof Element.Check ? new Count.Fixed(0) : count,
                field.size() == null ? null : count(field.size(), all),
                field.first(),
                field.pointers(),
                field.allocated(),
                field.since(),
                field.test(),
                field.mustExist(),
                compressible,
                binder.field(field, nested),
                nested);
    }

    private static long count(String name, List<FieldDeclaration> fields) {
        return fields.stream().filter(field -> field.name().equals(name)).count();
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
            if (field.name().equals(wireName)) {
                if (!(field.element() instanceof Element.Scalar(ScalarType type, _))
                        || type.bytes() > 4
                        || field.count() != null) {
                    throw new IllegalArgumentException(
                            wireName + " is not a lone number of at most 32 bits");
                }
                return new Count.Counted(binder.number(field, type), wireName, factor);
            }
        }
        FieldDeclaration unsent = FieldDeclaration.of(wireName, new Element.Check());
        return new Count.Counted(binder.number(unsent, null), null, factor);
    }

    private void demand(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(
                    otherwise.startsWith(name) ? otherwise : name + ": " + otherwise);
        }
    }
}
