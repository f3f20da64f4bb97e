// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.io.IOException;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.plan.PlanSaver;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireWriter;

/// Gives tests in other packages access to the layout of a description.
public final class Layouts {
    private Layouts() {}

    /// The description text that the plan writes for a state.
    public static String plannedText(VMStateDescription<?> description, Object state)
            throws IOException {
        Layout layout = description.layout();
        VmDescWriter text = new VmDescWriter().startObject();
        new PlanSaver(WireWriter.toMemory()).body(layout, state, layout.version(), text);
        return text.endObject().toString();
    }

    /// The description text that a description writes for a state.
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
