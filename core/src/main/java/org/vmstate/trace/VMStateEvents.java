// SPDX-License-Identifier: Apache-2.0
package org.vmstate.trace;

import jdk.jfr.Name;

/// The trace events of the engine, with the names and fields of QEMU's events.
///
/// They are disabled, at no cost, unless a recording enables them by name.
final class VMStateEvents {
    private VMStateEvents() {}

    /// A field could not be loaded.
    @Name("vmstate_load_field_error")
    static final class LoadFieldError extends TraceEvent {
        @Name("field")
        String field = "";

        @Name("ret")
        int ret;
    }

    /// A body is about to be loaded.
    @Name("vmstate_load_state")
    static final class LoadState extends TraceEvent {
        @Name("name")
        String name = "";

        @Name("version_id")
        int versionId;
    }

    /// A body was loaded, or was refused because of its version.
    @Name("vmstate_load_state_end")
    static final class LoadStateEnd extends TraceEvent {
        @Name("name")
        String name = "";

        @Name("reason")
        String reason = "";

        @Name("val")
        int val;
    }

    /// A field is about to be loaded or skipped.
    @Name("vmstate_load_state_field")
    static final class LoadStateField extends TraceEvent {
        @Name("name")
        String name = "";

        @Name("field")
        String field = "";

        @Name("exists")
        boolean exists;
    }

    /// The number of elements of a field.
    @Name("vmstate_n_elems")
    static final class NElems extends TraceEvent {
        @Name("name")
        String name = "";

        @Name("n_elems")
        int nElems;
    }

    /// The result of a field's test.
    @Name("vmstate_field_exists")
    static final class FieldExists extends TraceEvent {
        @Name("vmsd")
        String vmsd = "";

        @Name("name")
        String name = "";

        @Name("field_version")
        int fieldVersion;

        @Name("version")
        int version;

        @Name("result")
        int result;
    }

    /// The search for subsections of a body begins.
    @Name("vmstate_subsection_load")
    static final class SubsectionLoad extends TraceEvent {
        @Name("parent")
        String parent = "";
    }

    /// An apparent subsection is not one, or could not be loaded.
    @Name("vmstate_subsection_load_bad")
    static final class SubsectionLoadBad extends TraceEvent {
        @Name("parent")
        String parent = "";

        @Name("sub")
        String sub = "";

        @Name("sub2")
        String sub2 = "";
    }

    /// No further subsection follows.
    @Name("vmstate_subsection_load_good")
    static final class SubsectionLoadGood extends TraceEvent {
        @Name("parent")
        String parent = "";
    }

    /// The pre-save hook has run.
    @Name("vmstate_save_state_pre_save_res")
    static final class SaveStatePreSaveRes extends TraceEvent {
        @Name("name")
        String name = "";

        @Name("res")
        int res;
    }

    /// A field is about to be saved.
    @Name("vmstate_save_state_loop")
    static final class SaveStateLoop extends TraceEvent {
        @Name("name")
        String name = "";

        @Name("field")
        String field = "";

        @Name("n_elems")
        int nElems;
    }

    /// A body is about to be saved.
    @Name("vmstate_save_state_top")
    static final class SaveStateTop extends TraceEvent {
        @Name("idstr")
        String idstr = "";
    }

    /// A subsection is about to be saved.
    @Name("vmstate_subsection_save_loop")
    static final class SubsectionSaveLoop extends TraceEvent {
        @Name("name")
        String name = "";

        @Name("sub")
        String sub = "";
    }

    /// Subsections of a body are about to be saved, if any are needed.
    @Name("vmstate_subsection_save_top")
    static final class SubsectionSaveTop extends TraceEvent {
        @Name("idstr")
        String idstr = "";
    }

    /// A tail queue is about to be loaded.
    @Name("get_qtailq")
    static final class GetQtailq extends TraceEvent {
        @Name("name")
        String name = "";

        @Name("version_id")
        int versionId;
    }

    /// A tail queue was loaded.
    @Name("get_qtailq_end")
    static final class GetQtailqEnd extends TraceEvent {
        @Name("name")
        String name = "";

        @Name("reason")
        String reason = "";

        @Name("val")
        int val;
    }

    /// A tail queue is about to be saved.
    @Name("put_qtailq")
    static final class PutQtailq extends TraceEvent {
        @Name("name")
        String name = "";

        @Name("version_id")
        int versionId;
    }

    /// A tail queue was saved.
    @Name("put_qtailq_end")
    static final class PutQtailqEnd extends TraceEvent {
        @Name("name")
        String name = "";

        @Name("reason")
        String reason = "";
    }

    /// A tree is about to be loaded.
    @Name("get_gtree")
    static final class GetGtree extends TraceEvent {
        @Name("field_name")
        String fieldName = "";

        @Name("key_vmsd_name")
        String keyVmsdName = "";

        @Name("val_vmsd_name")
        String valVmsdName = "";

        @Name("nnodes")
        int nnodes;
    }

    /// A tree was loaded.
    @Name("get_gtree_end")
    static final class GetGtreeEnd extends TraceEvent {
        @Name("field_name")
        String fieldName = "";

        @Name("key_vmsd_name")
        String keyVmsdName = "";

        @Name("val_vmsd_name")
        String valVmsdName = "";

        @Name("ret")
        int ret;
    }

    /// A tree is about to be saved.
    @Name("put_gtree")
    static final class PutGtree extends TraceEvent {
        @Name("field_name")
        String fieldName = "";

        @Name("key_vmsd_name")
        String keyVmsdName = "";

        @Name("val_vmsd_name")
        String valVmsdName = "";

        @Name("nnodes")
        int nnodes;
    }

    /// A tree was saved.
    @Name("put_gtree_end")
    static final class PutGtreeEnd extends TraceEvent {
        @Name("field_name")
        String fieldName = "";

        @Name("key_vmsd_name")
        String keyVmsdName = "";

        @Name("val_vmsd_name")
        String valVmsdName = "";

        @Name("ret")
        int ret;
    }

    /// A list is about to be loaded.
    @Name("get_qlist")
    static final class GetQlist extends TraceEvent {
        @Name("field_name")
        String fieldName = "";

        @Name("vmsd_name")
        String vmsdName = "";

        @Name("version_id")
        int versionId;
    }

    /// A list was loaded.
    @Name("get_qlist_end")
    static final class GetQlistEnd extends TraceEvent {
        @Name("field_name")
        String fieldName = "";

        @Name("vmsd_name")
        String vmsdName = "";
    }

    /// A list is about to be saved.
    @Name("put_qlist")
    static final class PutQlist extends TraceEvent {
        @Name("field_name")
        String fieldName = "";

        @Name("vmsd_name")
        String vmsdName = "";

        @Name("version_id")
        int versionId;
    }

    /// A list was saved.
    @Name("put_qlist_end")
    static final class PutQlistEnd extends TraceEvent {
        @Name("field_name")
        String fieldName = "";

        @Name("vmsd_name")
        String vmsdName = "";
    }
}
