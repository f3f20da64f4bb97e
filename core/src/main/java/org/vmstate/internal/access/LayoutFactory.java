// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.vmstate.internal.format.FormatLimits;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.format.SubsectionHeader;
import org.vmstate.internal.layout.Amount;
import org.vmstate.internal.layout.Declaration;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.FieldDeclaration;
import org.vmstate.internal.layout.MisreadCheck;

/// Makes a layout of declarations: binds them to their kind of state, and refuses what cannot work.
public final class LayoutFactory {
    private final Declaration declared;
    private final String name;
    private final Binder binder;

    /// A factory for the layout of a declaration.
    public LayoutFactory(Declaration declared, Binder binder) {
        this.declared = declared;
        this.name = declared.name();
        this.binder = binder;
    }

    /// The layout; what cannot work is an `IllegalArgumentException`.
    ///
    /// @param nested for each field the layouts of the descriptions that it nests
    /// @param subsections the layouts of the subsections
    public Layout layout(List<List<Layout>> nested, List<Layout> subsections) {
        int version = declared.version();
        int minimumVersion = declared.minimumVersion();
        demand(!name.isEmpty(), "a description needs a name");
        demand(version >= 0, "version " + version + " is below 0");
        demand(
                minimumVersion >= 0 && minimumVersion <= version,
                "minimum version " + minimumVersion + " is not in 0.." + version);
        for (int i = 0; i < subsections.size(); i++) {
            subsection(subsections.get(i), subsections.subList(0, i));
        }
        boolean drafts = binder.form().draft() != null;
        demand(
                !drafts || declared.hooks().preLoad() == null,
                "a record has no state before it is loaded that a hook could change");
        demand(drafts || !declared.partial(), "only a subsection of a record is partial");
        for (String member : declared.notSent()) {
            named(member, () -> binder.checkMember(member));
        }
        List<FieldDeclaration> declarations = declared.fields();
        MisreadCheck misreads = new MisreadCheck(version, minimumVersion, declarations);
        Map<String, Integer> left = new HashMap<>();
        declarations.forEach(field -> left.merge(field.name(), 1, Integer::sum));
        Map<String, Integer> before = new HashMap<>();
        List<FieldLayout> fields = new ArrayList<>();
        for (int i = 0; i < declarations.size(); i++) {
            FieldDeclaration field = declarations.get(i);
            List<Layout> inner = nested.get(i);
            int index = i;
            named(
                    "field " + field.name(),
                    () -> {
                        field.check();
                        if (field.asQemuDoes() == null) {
                            misreads.check(index);
                        }
                        if (drafts && !canDraft(field)) {
                            throw new IllegalArgumentException(
                                    "a record cannot hold it: nothing may ask or fill a record"
                                            + " before it is made");
                        }
                        checkWhole(inner);
                        boolean many = left.getOrDefault(field.name(), 0) > 1;
                        int earlier = before.merge(field.name(), 1, Integer::sum) - 1;
                        String described = many ? field.name() + "[" + earlier + "]" : field.name();
                        String nulls = many ? field.name() + "[-1]" : field.name();
                        fields.add(field(field, described, nulls, declarations, inner));
                    });
        }
        if (binder.form() instanceof RecordForm form && !declared.partial()) {
            form.checkComplete(declared);
        }
        return new Layout(declared, fields, subsections, binder.form());
    }

    /// Runs a check and puts what it is about before its message.
    private void named(String what, Runnable check) {
        try {
            check.run();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + what + ": " + e.getMessage(), e);
        }
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
