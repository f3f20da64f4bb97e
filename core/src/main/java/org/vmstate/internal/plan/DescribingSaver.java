// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Layout;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireWriter;

/// Writes and describes states, copying text that is the same for every state.
public final class DescribingSaver extends PlanSaver {
    private final DescribedBodies bodies;

    /// Creates a saver for one of the bodies that writes to `out`.
    public DescribingSaver(WireWriter out, DescribedBodies bodies) {
        super(out);
        this.bodies = bodies;
    }

    @Override
    void content(Layout layout, Object state, int version, @Nullable VmDescWriter vmdesc)
            throws IOException {
        DescribedBody body =
                vmdesc == null || version != layout.version() ? null : bodies.of(layout);
        if (body == null || vmdesc == null) {
            super.content(layout, state, version, vmdesc);
        } else {
            body.save(this, state, vmdesc);
        }
    }

    /// Writes and describes fields and subsections field by field; only the text of nested bodies
    /// may be copied.
    void plainContent(Layout layout, Object state, VmDescWriter vmdesc) throws IOException {
        super.content(layout, state, layout.version(), vmdesc);
    }

    /// Writes a subsection, its header first.
    void subsection(Layout subsection, byte[] header, Object state, VmDescWriter vmdesc)
            throws IOException {
        WireWriter out = out();
        int at = out.reserve(header.length);
        System.arraycopy(header, 0, out.buffer(), at, header.length);
        out.commit(header.length);
        try {
            body(subsection, state, subsection.version(), vmdesc);
        } catch (Exception e) {
            throw Refusals.within(e, VMStateException.NO_OFFSET, subsection.name());
        }
    }
}
