// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.compiled;

import java.io.IOException;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.plan.PlanLoader;
import org.vmstate.internal.plan.PlanSaver;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Consecutive fields of a body that the plan saves and loads, either because they are not
/// compiled, or because compiled code met an unusual case before it changed anything.
public final class PlannedFields {
    private final Layout layout;
    private final int from;
    private final int to;
    private final boolean exist;

    /// Creates the fields from index `from` to index `to`, exclusive; `exist` is true if the fields
    /// are known to exist, so that their tests need not run.
    public PlannedFields(Layout layout, int from, int to, boolean exist) {
        this.layout = layout;
        this.from = from;
        this.to = to;
        this.exist = exist;
    }

    /// Writes the fields of a state.
    public void save(WireWriter out, Object state, int version) throws IOException {
        PlanSaver saver = new PlanSaver(out);
        for (int i = from; i < to; i++) {
            if (exist) {
                saver.existing(layout, layout.fields().get(i), state, version, null);
            } else {
                saver.field(layout, layout.fields().get(i), state, version, null);
            }
        }
    }

    /// Reads the fields of a state.
    public void load(WireReader in, Object state, int version) throws IOException {
        PlanLoader loader = new PlanLoader(in);
        for (int i = from; i < to; i++) {
            if (exist) {
                loader.existing(layout.fields().get(i), state, version);
            } else {
                loader.field(layout, layout.fields().get(i), state, version);
            }
        }
    }
}
