// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.compiled;

import java.io.IOException;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.plan.Loader;
import org.vmstate.wire.WireReader;

/// What follows the fields of a body and begins like a subsection, but is none that compiled code
/// knows: the plan looks at it.
public final class PlannedSubsections {
    private final Layout layout;

    /// The subsections of a layout.
    public PlannedSubsections(Layout layout) {
        this.layout = layout;
    }

    /// Reads all subsections that follow.
    public void load(WireReader in, Object state) throws IOException {
        new Loader(in).subsections(layout, state);
    }
}
