// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.FieldLayout;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.compiled.BodyCodec;
import org.vmstate.internal.compiled.PlannedBody;
import org.vmstate.internal.compiled.PlannedFields;
import org.vmstate.internal.format.RenderedText;
import org.vmstate.internal.layout.StateFault;
import org.vmstate.internal.plan.DescribedBodies;
import org.vmstate.internal.plan.DescribedWhole;
import org.vmstate.internal.plan.DescribingSaver;
import org.vmstate.internal.plan.FieldWriter;
import org.vmstate.internal.plan.PlanLoader;
import org.vmstate.internal.plan.PlanSaver;
import org.vmstate.trace.VMStateTrace;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Saves and loads states of one layout, with code compiled on first use or with the plan.
///
/// The plan is used if trace events are enabled, for records, if a load must not wait for the byte
/// after its body, and always if the system property `org.vmstate.codec` is `plan`. If a
/// description is written, compiled code writes the fields whose text is the same for every state,
/// and the plan writes the others. There is one compiled body for each set of fields that a version
/// can have, so the versions in a stream cannot cause more compilations. Thread-safe.
public final class Codec {
    private static final boolean COMPILES = !"plan".equals(System.getProperty("org.vmstate.codec"));

    /// Limits the cost of compilation, about a millisecond per slice, for states with many
    /// separately described parts.
    private static final int MAX_SLICES = 64;

    private final Layout layout;
    private final int version;
    private final boolean records;

    /// Whether the only thing that could follow a body is a subsection that is refused.
    private final boolean ends;

    private final boolean hasCollections;

    private final Map<Integer, BodyCodec> older = new ConcurrentHashMap<>();
    private final AtomicInteger slices = new AtomicInteger();

    /// Not volatile: bodies are immutable, and a thread that still reads null takes the lock.
    private @Nullable BodyCodec newest;

    /// Not volatile: a thread that still reads null creates another one.
    private @Nullable DescribedBodies described;

    /// Creates a codec; code is compiled on first use.
    public Codec(Layout layout) {
        this.layout = layout;
        this.version = layout.version();
        this.records = layout.form().draft() != null;
        this.ends = layout.subsections().isEmpty();
        this.hasCollections = layout.hasCollections();
    }

    /// Whether the states are records, which loading creates and cannot modify.
    public boolean ofRecords() {
        return records;
    }

    /// Writes the body of a state at the current version.
    public void save(WireWriter out, Object state, @Nullable VmDescWriter vmdesc)
            throws IOException {
        if (VMStateTrace.isEnabled()) {
            new PlanSaver(out).body(layout, state, version, vmdesc);
        } else if (vmdesc == null) {
            newest().save(out, state, version);
        } else {
            describe(out, state, vmdesc);
        }
    }

    /// Writes the body of a state at a version that the layout can load.
    public void saveAt(WireWriter out, Object state, int saved, @Nullable VmDescWriter vmdesc)
            throws IOException {
        if (saved == version) {
            save(out, state, vmdesc);
        } else if (vmdesc != null || VMStateTrace.isEnabled()) {
            new PlanSaver(out).body(layout, state, saved, vmdesc);
        } else {
            older(saved).save(out, state, saved);
        }
    }

    private void describe(WireWriter out, Object state, VmDescWriter vmdesc) throws IOException {
        if (!COMPILES) {
            new PlanSaver(out).body(layout, state, version, vmdesc);
            return;
        }
        DescribedBodies bodies = described;
        if (bodies == null) {
            bodies = new DescribedBodies(layout, this::fields);
            described = bodies;
        }
        DescribedWhole whole = bodies.whole();
        if (whole == null) {
            new DescribingSaver(out, bodies).body(layout, state, version, vmdesc);
            return;
        }
        whole.reserve(out);
        long before = out.position();
        newest().save(out, state, version);
        RenderedText.append(vmdesc, whole.text(out, out.position() - before), 1);
    }

    /// Returns a writer for fields without their description: a compiled class, or the plan if
    /// there are too many classes already.
    private FieldWriter fields(Layout owner, int from, int to) {
        return slices.incrementAndGet() > MAX_SLICES
                ? new PlannedFields(owner, from, to, false)::save
                : Compiler.compile(owner, owner.version(), from, to)::save;
    }

    /// Reads a body of a version into a state that is not a record; returns the state.
    public Object load(WireReader in, Object state, int loaded) throws IOException {
        if (loaded != version || (ends && !in.seekable()) || VMStateTrace.isEnabled()) {
            return loadUnusual(in, state, loaded);
        }
        newest().load(in, state, version);
        return state;
    }

    /// Reads a body like [#load(WireReader, Object, int)], but empties queues, lists and trees
    /// before they are read.
    public void reload(WireReader in, Object state, int loaded) throws IOException {
        if (hasCollections) {
            new PlanLoader(in, true).outermost(layout, state, loaded);
        } else {
            load(in, state, loaded);
        }
    }

    private Object loadUnusual(WireReader in, Object state, int loaded) throws IOException {
        if ((ends && !in.seekable()) || VMStateTrace.isEnabled()) {
            return new PlanLoader(in).outermost(layout, state, loaded);
        }
        PlanLoader.checkVersion(layout, loaded, in.position());
        older(loaded).load(in, state, loaded);
        return state;
    }

    /// Reads a body of a version into a new state, created by `factory` unless it is a record.
    public Object load(WireReader in, Supplier<?> factory, int loaded) throws IOException {
        Object draft = layout.form().draft();
        return draft == null
                ? load(in, StateFault.made(factory.get(), layout.form().type()), loaded)
                : new PlanLoader(in).outermost(layout, draft, loaded);
    }

    private BodyCodec newest() {
        BodyCodec body = newest;
        return body != null ? body : makeNewest();
    }

    private synchronized BodyCodec makeNewest() {
        BodyCodec body = newest;
        if (body == null) {
            body = compile(version);
            newest = body;
        }
        return body;
    }

    private BodyCodec older(int wanted) {
        return older.computeIfAbsent(firstWithFieldsOf(wanted), this::compile);
    }

    private BodyCodec compile(int wanted) {
        return COMPILES ? Compiler.compile(layout, wanted) : new PlannedBody(layout);
    }

    /// Returns the lowest version whose fields, apart from tests, are those of version `wanted`.
    private int firstWithFieldsOf(int wanted) {
        return layout.fields().stream()
                .flatMapToInt(FieldLayout::changes)
                .filter(since -> since <= wanted)
                .reduce(layout.minimumVersion(), Math::max);
    }
}
