// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Count;
import org.vmstate.internal.access.FieldLayout;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.Element;

/// Saves and describes bodies of a layout, and of all layouts that it nests, at their current
/// versions. Thread-safe.
///
/// The description of most fields is the same for every state. The plan renders it once; later
/// saves copy the text, and a [FieldWriter] writes the bytes.
public final class DescribedBodies {
    private final FieldWriter.Factory maker;
    private final DescribedBody ofRoot;
    private final IdentityHashMap<Layout, DescribedBody> bodies = new IdentityHashMap<>();
    private final IdentityHashMap<Layout, Boolean> constant = new IdentityHashMap<>();

    /// Not volatile: a thread that still reads null creates an equal object.
    private @Nullable DescribedWhole whole;

    /// Creates the bodies of a layout and of the layouts it nests; `maker` creates the writers of
    /// their bytes.
    public DescribedBodies(Layout root, FieldWriter.Factory maker) {
        this.maker = maker;
        this.ofRoot = add(root);
    }

    /// Returns the whole body of the layout if its text depends only on which subsections are sent
    /// and has been rendered; otherwise null.
    public @Nullable DescribedWhole whole() {
        DescribedWhole known = whole;
        if (known == null) {
            known = ofRoot.whole(this);
            whole = known;
        }
        return known;
    }

    /// Returns the body of a layout, or null if the layout is not nested here.
    @Nullable DescribedBody of(Layout layout) {
        return bodies.get(layout);
    }

    private DescribedBody add(Layout layout) {
        DescribedBody known = bodies.get(layout);
        if (known != null) {
            return known;
        }
        layout.subsections().forEach(this::add);
        layout.fields().forEach(field -> field.nested().forEach(this::add));
        DescribedBody body = new DescribedBody(layout, isConstant(layout), fields(layout), maker);
        bodies.put(layout, body);
        return body;
    }

    private List<DescribedFields> fields(Layout layout) {
        List<DescribedFields> all = new ArrayList<>();
        List<FieldLayout> fields = layout.fields();
        int from = 0;
        for (int i = 0; i < fields.size(); i++) {
            if (isConstant(fields.get(i))) {
                continue;
            }
            addConstant(all, layout, from, i);
            all.add(field(layout, i));
            from = i + 1;
        }
        addConstant(all, layout, from, fields.size());
        return all;
    }

    private void addConstant(List<DescribedFields> all, Layout layout, int from, int to) {
        if (from < to) {
            all.add(
                    new DescribedFields.Constant(
                            new DescribedFields.Planned(layout, from, to), maker));
        }
    }

    private DescribedFields field(Layout layout, int index) {
        FieldLayout field = layout.fields().get(index);
        DescribedFields.Planned planned = new DescribedFields.Planned(layout, index, index + 1);
        if (field.test() != null || field.mustExist() || field.since() > layout.version()) {
            return planned;
        }
        if (field.pointers()
                && !field.allocated()
                && isConstant(field.element(), field)
                && field.count() instanceof Count.Fixed(int count)
                && count <= DescribedFields.Pointers.MAX_COUNT) {
            return new DescribedFields.Pointers(planned, count, maker);
        }
        if (field.element() instanceof Element.Queue
                && field.count() instanceof Count.One
                && isConstant(field.inner())) {
            return new DescribedFields.Queue(planned, add(field.inner()), maker);
        }
        return planned;
    }

    private boolean isConstant(Layout layout) {
        Boolean known = constant.get(layout);
        if (known == null) {
            known =
                    !layout.unmigratable()
                            && layout.subsections().isEmpty()
                            && layout.fields().stream().allMatch(this::isConstant);
            constant.put(layout, known);
        }
        return known;
    }

    private boolean isConstant(FieldLayout field) {
        return field.test() == null
                && !field.mustExist()
                && !field.pointers()
                && !(field.count() instanceof Count.Counted)
                && !(field.size() instanceof Count.Counted)
                && isConstant(field.element(), field);
    }

    /// Whether the text of a non-null element is the same for every state.
    private boolean isConstant(Element element, FieldLayout field) {
        return switch (element) {
            case Element.Scalar(ScalarType type, _) -> type != ScalarType.FD;
            case Element.Bytes _, Element.Bitmap _ -> !(field.size() instanceof Count.Counted);
            case Element.Unused _, Element.Check _ -> true;
            case Element.Struct _, Element.VersionedStruct _, Element.Temporary _ ->
                    isConstant(field.inner());
            case Element.Queue _, Element.Tree _, Element.Custom _ -> false;
        };
    }
}
