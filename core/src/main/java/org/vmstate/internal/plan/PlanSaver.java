// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.FieldLayout;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.format.DescriptionKeys;
import org.vmstate.internal.layout.FieldTest;
import org.vmstate.internal.layout.Hooks;
import org.vmstate.internal.layout.StateFault;
import org.vmstate.trace.VMStateTrace;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireWriter;

/// Writes states by interpreting their layouts.
///
/// The description writer is null if no description is written. It is also null for the elements of
/// a compressed array, except the first.
public sealed class PlanSaver permits DescribingSaver {
    private final WireWriter out;

    /// Creates a saver that writes to `out`.
    public PlanSaver(WireWriter out) {
        this.out = out;
    }

    /// The writer.
    final WireWriter out() {
        return out;
    }

    /// Writes the body of a state at a version.
    public void body(Layout layout, Object state, int version, @Nullable VmDescWriter vmdesc)
            throws IOException {
        VMStateTrace.saveStateTop(layout.name());
        Hooks hooks = layout.hooks();
        StateFault.state(state, layout.form().type());
        if (layout.unmigratable()) {
            throw refused("'" + layout.name() + "' cannot be migrated");
        }
        if (hooks.preSave() != null) {
            preSave(layout, hooks.preSave(), state);
        }
        Hooks.Hook postSave = hooks.postSave();
        if (postSave == null) {
            content(layout, state, version, vmdesc);
            return;
        }
        try {
            content(layout, state, version, vmdesc);
        } catch (Exception failure) {
            postSave.runAfter(failure, state);
            throw failure;
        }
        try {
            postSave.run(state);
        } catch (Exception e) {
            throw Refusals.ofHook(e, VMStateException.NO_OFFSET, "postSave");
        }
    }

    private static void preSave(Layout layout, Hooks.Hook hook, Object state) throws IOException {
        try {
            hook.run(state);
        } catch (Exception e) {
            VMStateTrace.saveStatePreSaveRes(layout.name(), -1);
            throw Refusals.ofHook(e, VMStateException.NO_OFFSET, "preSave");
        }
        VMStateTrace.saveStatePreSaveRes(layout.name(), 0);
    }

    /// Writes the fields and subsections, without calling the hooks.
    void content(Layout layout, Object state, int version, @Nullable VmDescWriter vmdesc)
            throws IOException {
        if (vmdesc != null) {
            start(layout, version, vmdesc);
        }
        for (FieldLayout field : layout.fields()) {
            field(layout, field, state, version, vmdesc);
        }
        if (vmdesc != null) {
            vmdesc.endArray();
        }
        subsections(layout, state, vmdesc);
    }

    /// Begins the description of a body, up to the entries of its fields.
    static void start(Layout layout, int version, VmDescWriter vmdesc) {
        vmdesc.string(DescriptionKeys.VMSD_NAME, layout.name());
        vmdesc.number(DescriptionKeys.VERSION, version);
        vmdesc.startArray(DescriptionKeys.FIELDS);
    }

    /// Writes a field of a body, if it exists.
    public void field(
            Layout layout,
            FieldLayout field,
            Object state,
            int version,
            @Nullable VmDescWriter vmdesc)
            throws IOException {
        boolean exists;
        try {
            exists = exists(layout, field, state, version);
        } catch (Exception e) {
            throw Refusals.within(e, VMStateException.NO_OFFSET, field.name());
        }
        if (exists) {
            existing(layout, field, state, version, vmdesc);
        } else if (field.mustExist()) {
            throw refused("the check before saving failed").within(field.name());
        }
    }

    /// Writes a field of a body that is known to exist.
    public void existing(
            Layout layout,
            FieldLayout field,
            Object state,
            int version,
            @Nullable VmDescWriter vmdesc)
            throws IOException {
        try {
            new FieldSaver(this, out, layout, field, state, version).save(vmdesc);
        } catch (Exception e) {
            throw Refusals.within(e, VMStateException.NO_OFFSET, field.name());
        }
    }

    private void subsections(Layout layout, Object state, @Nullable VmDescWriter vmdesc)
            throws IOException {
        VMStateTrace.subsectionSaveTop(layout.name());
        List<Layout> needed = new ArrayList<>();
        for (Layout subsection : layout.subsections()) {
            if (needed(subsection, state)) {
                needed.add(subsection);
            }
        }
        if (needed.isEmpty()) {
            return;
        }
        if (vmdesc != null) {
            vmdesc.startArray(DescriptionKeys.SUBSECTIONS);
        }
        for (Layout subsection : needed) {
            VMStateTrace.subsectionSaveLoop(layout.name(), subsection.name());
            if (vmdesc != null) {
                vmdesc.startObject();
            }
            subsection.subsectionHeader().write(out);
            try {
                body(subsection, state, subsection.version(), vmdesc);
            } catch (Exception e) {
                throw Refusals.within(e, VMStateException.NO_OFFSET, subsection.name());
            }
            if (vmdesc != null) {
                vmdesc.endObject();
            }
        }
        if (vmdesc != null) {
            vmdesc.endArray();
        }
    }

    static boolean needed(Layout subsection, Object state) throws IOException {
        try {
            return subsection.hooks().needed() == null || subsection.hooks().needed().test(state);
        } catch (Exception e) {
            throw Refusals.within(e, VMStateException.NO_OFFSET, subsection.name());
        }
    }

    /// Whether a field exists: its test decides if it has one, otherwise its version.
    static boolean exists(Layout layout, FieldLayout field, Object state, int version) {
        FieldTest test = field.test();
        if (test == null) {
            return field.since() <= version;
        }
        boolean exists = test.exists(state, version);
        VMStateTrace.fieldExists(
                layout.name(), field.name(), field.since(), version, exists ? 1 : 0);
        return exists;
    }

    static RefusedException refused(String detail) {
        return new RefusedException(detail);
    }
}
