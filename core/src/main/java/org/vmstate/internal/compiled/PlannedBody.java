// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.compiled;

import java.io.IOException;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.plan.PlanLoader;
import org.vmstate.internal.plan.PlanSaver;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// A body that is not compiled but interpreted by the plan.
public final class PlannedBody extends BodyCodec {
    private final Layout layout;

    /// Creates the body of a layout.
    public PlannedBody(Layout layout) {
        this.layout = layout;
    }

    @Override
    public void save(WireWriter out, Object state, int version) throws IOException {
        new PlanSaver(out).body(layout, state, version, null);
    }

    @Override
    public void load(WireReader in, Object state, int version) throws IOException {
        new PlanLoader(in).body(layout, state, version);
    }
}
