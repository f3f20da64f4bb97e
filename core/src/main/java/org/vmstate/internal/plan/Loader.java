// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import java.io.IOException;
import org.vmstate.internal.access.FieldLayout;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.layout.Hooks;
import org.vmstate.trace.VMStateTrace;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.VersionTooNewException;
import org.vmstate.wire.VersionTooOldException;
import org.vmstate.wire.WireReader;

/// Reads states by walking their layouts.
public final class Loader {
    private final WireReader in;
    private final SubsectionHeaders headers;

    /// A loader that reads from `in`.
    public Loader(WireReader in) {
        this.in = in;
        this.headers = new SubsectionHeaders(in);
    }

    /// Reads a body of a version into a state, or into the draft of one; returns the state.
    public Object body(Layout layout, Object target, int version) throws IOException {
        fill(layout, target, version);
        return loaded(layout, finished(layout, target), version);
    }

    private Object finished(Layout layout, Object target) throws RefusedException {
        try {
            return layout.form().finish(target);
        } catch (IllegalArgumentException | NullPointerException e) {
            RefusedException refused =
                    new RefusedException(
                            "the constructor refused it: " + e.getMessage(), in.position());
            refused.initCause(e);
            throw refused;
        }
    }

    private void fill(Layout layout, Object target, int version) throws IOException {
        VMStateTrace.loadState(layout.name(), version);
        checkVersion(layout, version, in.position());
        Hooks.Hook preLoad = layout.hooks().preLoad();
        if (preLoad != null) {
            preLoad.run(target);
        }
        for (FieldLayout field : layout.fields()) {
            field(layout, field, target, version);
        }
        subsections(layout, target);
    }

    /// Reads the subsections that follow the fields of a body.
    public void subsections(Layout layout, Object target) throws IOException {
        VMStateTrace.subsectionLoad(layout.name());
        Layout subsection = headers.next(layout);
        while (subsection != null) {
            subsection(layout, subsection, target);
            subsection = headers.next(layout);
        }
    }

    private Object loaded(Layout layout, Object state, int version) throws IOException {
        Hooks.PostLoad postLoad = layout.hooks().postLoad();
        if (postLoad != null) {
            postLoad.run(state, version);
        }
        VMStateTrace.loadStateEnd(layout.name(), "end", 0);
        return state;
    }

    /// Reads a field of a body, if it exists.
    public void field(Layout layout, FieldLayout field, Object target, int version)
            throws IOException {
        boolean exists = Saver.exists(layout, field, target, version);
        VMStateTrace.loadStateField(layout.name(), field.name(), exists);
        if (exists) {
            existing(field, target, version);
        } else if (field.mustExist()) {
            VMStateTrace.loadFieldError(field.name(), -22);
            throw new RefusedException(
                            "the check failed (version_id " + version + ")", in.position())
                    .within(field.name());
        }
    }

    /// Reads a field of a body that is known to exist.
    public void existing(FieldLayout field, Object target, int version) throws IOException {
        try {
            new FieldLoader(this, in, field, target, version).load();
        } catch (VMStateException e) {
            VMStateTrace.loadFieldError(field.name(), -22);
            throw e.within(field.name());
        }
    }

    private void subsection(Layout parent, Layout subsection, Object target) throws IOException {
        try {
            int version = headers.version();
            fill(subsection, target, version);
            loaded(subsection, target, version);
        } catch (VMStateException e) {
            VMStateTrace.subsectionLoadBad(parent.name(), subsection.name(), "(child)");
            throw e.within(subsection.name());
        }
    }

    /// Throws unless the layout loads that version.
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
