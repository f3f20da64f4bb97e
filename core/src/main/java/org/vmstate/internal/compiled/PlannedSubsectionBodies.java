// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.compiled;

import java.io.IOException;
import java.util.List;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.plan.PlanLoader;
import org.vmstate.internal.plan.PlanSaver;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The bodies of subsections that cannot be compiled and are interpreted by the plan.
public final class PlannedSubsectionBodies extends BodyCodec {
    private final List<Layout> subsections;

    /// Creates the bodies of these subsections.
    public PlannedSubsectionBodies(List<Layout> subsections) {
        this.subsections = List.copyOf(subsections);
    }

    /// Writes the body of the subsection at `index`.
    @Override
    public void save(WireWriter out, Object state, int index) throws IOException {
        Layout subsection = subsections.get(index);
        new PlanSaver(out).body(subsection, state, subsection.version(), null);
    }

    /// Reads the body of the subsection at `index`.
    @Override
    public void load(WireReader in, Object state, int index) throws IOException {
        Layout subsection = subsections.get(index);
        new PlanLoader(in).body(subsection, state, subsection.version());
    }
}
