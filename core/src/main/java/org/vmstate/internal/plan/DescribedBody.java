// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.format.DescriptionKeys;
import org.vmstate.internal.format.RenderedText;
import org.vmstate.vmdesc.VmDescWriter;

/// Saves and describes the fields and subsections of a layout at its current version.
final class DescribedBody {
    private final Layout layout;
    private final boolean constant;
    private final List<DescribedFields> fields;
    private final DescribedFields.Writer writer;

    /// The text before the entries of the fields.
    private final String head;

    private final List<byte[]> headers = new ArrayList<>();

    /// Not volatile: a thread that still reads null renders the same text again.
    private @Nullable Rendered rendered;

    /// The text of a body whose text is the same for every state, and the size of the body in
    /// bytes.
    record Rendered(String text, long bytes) {}

    DescribedBody(
            Layout layout,
            boolean constant,
            List<DescribedFields> fields,
            FieldWriter.Factory maker) {
        this.layout = layout;
        this.constant = constant;
        this.fields = List.copyOf(fields);
        this.writer =
                new DescribedFields.Writer(
                        new DescribedFields.Planned(layout, 0, layout.fields().size()), maker);
        VmDescWriter start = new VmDescWriter();
        PlanSaver.start(layout, layout.version(), start);
        this.head = start.toString();
        for (Layout subsection : layout.subsections()) {
            headers.add(subsection.subsectionHeader().toByteArray());
        }
    }

    /// Returns the text if it is the same for every state and has been rendered; otherwise null.
    @Nullable Rendered rendered() {
        return rendered;
    }

    /// Returns the whole body if its text depends only on which subsections are sent and all of it
    /// has been rendered; otherwise null.
    @Nullable DescribedWhole whole(DescribedBodies bodies) {
        Rendered own = constant ? rendered : renderedFields();
        if (own == null) {
            return null;
        }
        List<DescribedWhole.Subsection> subsections = new ArrayList<>();
        for (int i = 0; i < headers.size(); i++) {
            DescribedBody subsection = bodies.of(layout.subsections().get(i));
            Rendered known = subsection == null ? null : subsection.rendered;
            if (known == null) {
                return null;
            }
            subsections.add(new DescribedWhole.Subsection(headers.get(i), known));
        }
        return DescribedWhole.of(own, subsections);
    }

    private @Nullable Rendered renderedFields() {
        Rendered entries =
                fields.size() == 1 && fields.getFirst() instanceof DescribedFields.Constant all
                        ? all.rendered()
                        : null;
        return entries == null ? null : new Rendered(head + entries.text() + ']', entries.bytes());
    }

    /// Writes and describes a state, without calling its hooks.
    void save(DescribingSaver saver, Object state, VmDescWriter vmdesc) throws IOException {
        if (constant) {
            saveConstant(saver, state, vmdesc);
            return;
        }
        RenderedText.open(vmdesc, head);
        for (DescribedFields some : fields) {
            some.save(saver, state, layout.version(), vmdesc);
        }
        vmdesc.endArray();
        if (!layout.subsections().isEmpty()) {
            subsections(saver, state, vmdesc);
        }
    }

    private void saveConstant(DescribingSaver saver, Object state, VmDescWriter vmdesc)
            throws IOException {
        Rendered known = rendered;
        if (known == null) {
            VmDescWriter own = new VmDescWriter();
            long before = saver.out().position();
            saver.plainContent(layout, state, own);
            known = new Rendered(own.toString(), saver.out().position() - before);
            rendered = known;
        } else {
            writer.save(saver.out(), state, layout.version());
        }
        RenderedText.append(vmdesc, known.text(), 1);
    }

    private void subsections(DescribingSaver saver, Object state, VmDescWriter vmdesc)
            throws IOException {
        List<Layout> all = layout.subsections();
        boolean[] needed = new boolean[all.size()];
        boolean any = false;
        for (int i = 0; i < needed.length; i++) {
            needed[i] = PlanSaver.needed(all.get(i), state);
            any |= needed[i];
        }
        if (!any) {
            return;
        }
        RenderedText.open(vmdesc, SUBSECTIONS);
        for (int i = 0; i < needed.length; i++) {
            if (needed[i]) {
                vmdesc.startObject();
                saver.subsection(all.get(i), headers.get(i), state, vmdesc);
                vmdesc.endObject();
            }
        }
        vmdesc.endArray();
    }

    private static final String SUBSECTIONS =
            new VmDescWriter().startArray(DescriptionKeys.SUBSECTIONS).toString();
}
