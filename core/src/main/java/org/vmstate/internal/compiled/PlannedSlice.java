// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.compiled;

import java.io.IOException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Consecutive fields of a body that cannot be compiled and are interpreted by the plan.
public final class PlannedSlice extends BodyCodec {
    private final PlannedFields fields;

    /// Creates a slice of these fields.
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
