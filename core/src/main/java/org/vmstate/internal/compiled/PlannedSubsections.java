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

    /// Reads all subsections that follow; returns whether looking for one has met the end of the
    /// input.
    public boolean load(WireReader in, Object state) throws IOException {
        Loader loader = new Loader(in);
        loader.subsections(layout, state);
        return loader.pastEnd();
    }
}
