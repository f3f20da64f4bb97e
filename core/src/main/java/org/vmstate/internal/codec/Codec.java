// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.compiled.Body;
import org.vmstate.internal.compiled.PlannedBody;
import org.vmstate.internal.layout.FieldLayout;
import org.vmstate.internal.layout.Layout;
import org.vmstate.internal.plan.Loader;
import org.vmstate.internal.plan.Saver;
import org.vmstate.trace.VMStateTrace;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Saves and loads by one layout: by compiled code, made on first use, or by the plan.
///
/// The plan serves where a description is to be written, where trace events are wanted, for
/// records, and everywhere if the system property `org.vmstate.codec` is `plan`. There is one
/// compiled body for each set of fields that some version has, so what a stream says of its version
/// cannot make more of them. For all threads.
public final class Codec {
    private static final boolean COMPILES = !"plan".equals(System.getProperty("org.vmstate.codec"));

    private final Layout layout;
    private final Map<Integer, Body> older = new ConcurrentHashMap<>();
    private volatile @Nullable Body newest;

    /// A codec that has compiled nothing yet.
    public Codec(Layout layout) {
        this.layout = layout;
    }

    /// Writes the body of a state.
    public void save(WireWriter out, Object state, @Nullable VmDescWriter vmdesc)
            throws IOException {
        if (vmdesc != null || VMStateTrace.isEnabled()) {
            new Saver(out).body(layout, state, layout.version(), vmdesc);
        } else {
            newest().save(out, state, layout.version());
        }
    }

    /// Reads a body of a version into a state, or into the draft of one; returns the state.
    public Object load(WireReader in, Object target, int version) throws IOException {
        if (layout.form().draft() != null || VMStateTrace.isEnabled()) {
            return new Loader(in).body(layout, target, version);
        }
        if (version != layout.version()) {
            Loader.checkVersion(layout, version, in.position());
            older(version).load(in, target, version);
        } else {
            newest().load(in, target, version);
        }
        return target;
    }

    private Body newest() {
        Body body = newest;
        return body != null ? body : makeNewest();
    }

    private synchronized Body makeNewest() {
        Body body = newest;
        if (body == null) {
            body = compile(layout.version());
            newest = body;
        }
        return body;
    }

    private Body older(int version) {
        return older.computeIfAbsent(firstWithFieldsOf(version), this::compile);
    }

    private Body compile(int version) {
        return COMPILES ? Compiler.compile(layout, version) : new PlannedBody(layout);
    }

    /// The lowest version whose fields are those of `version`, as far as versions decide.
    private int firstWithFieldsOf(int version) {
        return layout.fields().stream()
                .mapToInt(FieldLayout::since)
                .filter(since -> since <= version)
                .reduce(layout.minimumVersion(), Math::max);
    }
}
