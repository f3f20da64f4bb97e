// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.io.IOException;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.plan.PlanSaver;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireWriter;

/// Shows tests of other packages what a description is made of.
public final class Layouts {
    private Layouts() {}

    /// The text by which the plan describes a state.
    public static String plannedText(VMStateDescription<?> description, Object state)
            throws IOException {
        Layout layout = description.layout();
        VmDescWriter text = new VmDescWriter().startObject();
        new PlanSaver(WireWriter.toMemory()).body(layout, state, layout.version(), text);
        return text.endObject().toString();
    }

    /// The text by which a description describes a state.
    public static <T> String text(VMStateDescription<T> description, T state) throws IOException {
        VmDescWriter text = new VmDescWriter().startObject();
        description.save(WireWriter.toMemory(), state, text);
        return text.endObject().toString();
    }

    /// The layout of a description.
    public static Layout of(VMStateDescription<?> description) {
        return description.layout();
    }
}
