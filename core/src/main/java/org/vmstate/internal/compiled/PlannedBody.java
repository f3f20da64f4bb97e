// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.compiled;

import java.io.IOException;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.plan.Loader;
import org.vmstate.internal.plan.Saver;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// A body that is not compiled but interpreted by the plan.
public final class PlannedBody extends Body {
    private final Layout layout;

    /// Creates the body of a layout.
    public PlannedBody(Layout layout) {
        this.layout = layout;
    }

    @Override
    public void save(WireWriter out, Object state, int version) throws IOException {
        new Saver(out).body(layout, state, version, null);
    }

    @Override
    public void load(WireReader in, Object state, int version) throws IOException {
        new Loader(in).body(layout, state, version);
    }
}
