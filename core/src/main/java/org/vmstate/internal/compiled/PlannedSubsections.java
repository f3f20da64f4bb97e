// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.compiled;

import java.io.IOException;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.plan.PlanLoader;
import org.vmstate.wire.WireReader;

/// Fallback for subsections without compiled code: the plan reads them.
public final class PlannedSubsections {
    private final Layout layout;

    /// Creates the subsections of a layout.
    public PlannedSubsections(Layout layout) {
        this.layout = layout;
    }

    /// Reads all subsections that follow.
    public void load(WireReader in, Object state) throws IOException {
        new PlanLoader(in).subsections(layout, state);
    }
}
