// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.compiled;

import java.io.IOException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Some consecutive fields of a body that cannot be compiled: the plan walks them.
public final class PlannedSlice extends Body {
    private final PlannedFields fields;

    /// The slice that has these fields.
    public PlannedSlice(PlannedFields fields) {
        this.fields = fields;
    }

    @Override
    public void save(WireWriter out, Object state, int version) throws IOException {
        fields.save(out, state, version);
    }

    @Override
    public void load(WireReader in, Object state, int version) throws IOException {
        fields.load(in, state, version);
    }
}
