// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import java.io.IOException;
import org.vmstate.internal.access.FieldLayout;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.layout.Hooks;
import org.vmstate.internal.layout.StateFault;
import org.vmstate.trace.VMStateTrace;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.VersionTooNewException;
import org.vmstate.wire.VersionTooOldException;
import org.vmstate.wire.WireReader;

/// Reads states by interpreting their layouts.
public final class PlanLoader {
    private final WireReader in;
    private final SubsectionHeaders headers;
    private final boolean emptying;

    /// Creates a loader that reads from `in`. Elements of queues and lists are added to those that
    /// a state has.
    public PlanLoader(WireReader in) {
        this(in, false);
    }

    /// Creates a loader that reads from `in`.
    ///
    /// @param emptying whether queues, lists and trees are emptied before they are read
    public PlanLoader(WireReader in, boolean emptying) {
        this.in = in;
        this.emptying = emptying;
        this.headers = new SubsectionHeaders(in);
    }

    /// Whether queues, lists and trees are emptied before they are read.
    boolean emptying() {
        return emptying;
    }

    /// Reads a body of a version into a state or a draft, and returns the state.
    public Object body(Layout layout, Object target, int version) throws IOException {
        return body(layout, target, version, false);
    }

    /// Reads a body that is not part of another one. The next byte of a channel may not arrive for
    /// a long time after such a body, so this does not wait for it if the description has no
    /// subsections.
    public Object outermost(Layout layout, Object target, int version) throws IOException {
        return body(layout, target, version, true);
    }

    /// Reads a body; `last` is true if it ends the outermost body.
    Object body(Layout layout, Object target, int version, boolean last) throws IOException {
        fill(layout, target, version, last);
        return loaded(layout, finished(layout, target), version);
    }

    private Object finished(Layout layout, Object target) throws VMStateException {
        try {
            return layout.form().finish(target);
        } catch (Exception e) {
            throw Refusals.refusal(e, in.position(), "the constructor threw ");
        }
    }

    private void fill(Layout layout, Object target, int version, boolean last) throws IOException {
        VMStateTrace.loadState(layout.name(), version);
        if (!(target instanceof Object[])) { // the draft of a record
            StateFault.state(target, layout.form().type());
        }
        checkVersion(layout, version, in.position());
        Hooks.Hook preLoad = layout.hooks().preLoad();
        if (preLoad != null) {
            try {
                preLoad.run(target);
            } catch (Exception e) {
                throw Refusals.ofHook(e, in.position(), "preLoad");
            }
        }
        boolean ends = last && layout.subsections().isEmpty();
        int fields = layout.fields().size();
        for (int i = 0; i < fields; i++) {
            field(layout, layout.fields().get(i), target, version, ends && i == fields - 1);
        }
        subsections(layout, target, ends);
    }

    /// Reads the subsections that follow the fields of a body.
    public void subsections(Layout layout, Object target) throws IOException {
        subsections(layout, target, false);
    }

    private void subsections(Layout layout, Object target, boolean ends) throws IOException {
        VMStateTrace.subsectionLoad(layout.name());
        Layout subsection = headers.next(layout, ends);
        while (subsection != null) {
            subsection(layout, subsection, target);
            subsection = headers.next(layout, ends);
        }
    }

    private Object loaded(Layout layout, Object state, int version) throws IOException {
        Hooks.PostLoad postLoad = layout.hooks().postLoad();
        if (postLoad != null) {
            try {
                postLoad.run(state, version);
            } catch (Exception e) {
                throw Refusals.ofHook(e, in.position(), "postLoad");
            }
        }
        VMStateTrace.loadStateEnd(layout.name(), "end", 0);
        return state;
    }

    /// Reads a field of a body, if it exists.
    public void field(Layout layout, FieldLayout field, Object target, int version)
            throws IOException {
        field(layout, field, target, version, false);
    }

    private void field(Layout layout, FieldLayout field, Object target, int version, boolean last)
            throws IOException {
        boolean exists;
        try {
            exists = PlanSaver.exists(layout, field, target, version);
        } catch (Exception e) {
            throw Refusals.within(e, in.position(), field.name());
        }
        VMStateTrace.loadStateField(layout.name(), field.name(), exists);
        if (exists) {
            existing(field, target, version, last);
        } else if (field.mustExist()) {
            VMStateTrace.loadFieldError(field.name(), -22);
            throw new RefusedException(
                            "the check failed (version_id " + version + ")", in.position())
                    .within(field.name());
        }
    }

    /// Reads a field of a body that is known to exist.
    public void existing(FieldLayout field, Object target, int version) throws IOException {
        existing(field, target, version, false);
    }

    private void existing(FieldLayout field, Object target, int version, boolean last)
            throws IOException {
        try {
            new FieldLoader(this, in, field, target, version).load(last);
        } catch (Exception e) {
            VMStateTrace.loadFieldError(field.name(), -22);
            throw Refusals.within(e, in.position(), field.name());
        }
    }

    private void subsection(Layout parent, Layout subsection, Object target) throws IOException {
        try {
            int version = headers.version();
            fill(subsection, target, version, false);
            loaded(subsection, target, version);
        } catch (Exception e) {
            VMStateTrace.subsectionLoadBad(parent.name(), subsection.name(), "(child)");
            throw Refusals.within(e, in.position(), subsection.name());
        }
    }

    /// Throws unless the layout can load `version`.
    public static void checkVersion(Layout layout, int version, long offset)
            throws VMStateException {
        if (version > layout.version()) {
            VMStateTrace.loadStateEnd(layout.name(), "too new", -22);
            throw new VersionTooNewException(
                    version, layout.minimumVersion(), layout.version(), offset);
        }
        if (version < layout.minimumVersion()) {
            VMStateTrace.loadStateEnd(layout.name(), "too old", -22);
            throw new VersionTooOldException(
                    version, layout.minimumVersion(), layout.version(), offset);
        }
    }
}
