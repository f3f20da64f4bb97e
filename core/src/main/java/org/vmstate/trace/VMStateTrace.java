// SPDX-License-Identifier: Apache-2.0
package org.vmstate.trace;

import jdk.jfr.FlightRecorder;
import org.vmstate.trace.VMStateEvents.FieldExists;
import org.vmstate.trace.VMStateEvents.GetGtree;
import org.vmstate.trace.VMStateEvents.GetGtreeEnd;
import org.vmstate.trace.VMStateEvents.GetQlist;
import org.vmstate.trace.VMStateEvents.GetQlistEnd;
import org.vmstate.trace.VMStateEvents.GetQtailq;
import org.vmstate.trace.VMStateEvents.GetQtailqEnd;
import org.vmstate.trace.VMStateEvents.LoadFieldError;
import org.vmstate.trace.VMStateEvents.LoadState;
import org.vmstate.trace.VMStateEvents.LoadStateEnd;
import org.vmstate.trace.VMStateEvents.LoadStateField;
import org.vmstate.trace.VMStateEvents.NElems;
import org.vmstate.trace.VMStateEvents.PutGtree;
import org.vmstate.trace.VMStateEvents.PutGtreeEnd;
import org.vmstate.trace.VMStateEvents.PutQlist;
import org.vmstate.trace.VMStateEvents.PutQlistEnd;
import org.vmstate.trace.VMStateEvents.PutQtailq;
import org.vmstate.trace.VMStateEvents.PutQtailqEnd;
import org.vmstate.trace.VMStateEvents.SaveStateLoop;
import org.vmstate.trace.VMStateEvents.SaveStatePreSaveRes;
import org.vmstate.trace.VMStateEvents.SaveStateTop;
import org.vmstate.trace.VMStateEvents.SubsectionLoad;
import org.vmstate.trace.VMStateEvents.SubsectionLoadBad;
import org.vmstate.trace.VMStateEvents.SubsectionLoadGood;
import org.vmstate.trace.VMStateEvents.SubsectionSaveLoop;
import org.vmstate.trace.VMStateEvents.SubsectionSaveTop;

/// Emits QEMU's trace events; see [VMStateEvents].
public final class VMStateTrace {
    private VMStateTrace() {}

    /// Whether any event is currently enabled, so that the plan must be used.
    public static boolean isEnabled() {
        return FlightRecorder.isInitialized() && anyEnabled();
    }

    private static boolean anyEnabled() {
        return new LoadFieldError().isEnabled()
                || new LoadState().isEnabled()
                || new LoadStateEnd().isEnabled()
                || new LoadStateField().isEnabled()
                || new NElems().isEnabled()
                || new FieldExists().isEnabled()
                || new SubsectionLoad().isEnabled()
                || new SubsectionLoadBad().isEnabled()
                || new SubsectionLoadGood().isEnabled()
                || new SaveStatePreSaveRes().isEnabled()
                || new SaveStateLoop().isEnabled()
                || new SaveStateTop().isEnabled()
                || new SubsectionSaveLoop().isEnabled()
                || new SubsectionSaveTop().isEnabled()
                || new GetQtailq().isEnabled()
                || new GetQtailqEnd().isEnabled()
                || new PutQtailq().isEnabled()
                || new PutQtailqEnd().isEnabled()
                || new GetQlist().isEnabled()
                || new GetQlistEnd().isEnabled()
                || new PutQlist().isEnabled()
                || new PutQlistEnd().isEnabled()
                || new GetGtree().isEnabled()
                || new GetGtreeEnd().isEnabled()
                || new PutGtree().isEnabled()
                || new PutGtreeEnd().isEnabled();
    }

    /// A field could not be loaded.
    public static void loadFieldError(String field, int ret) {
        LoadFieldError event = new LoadFieldError();
        if (event.isEnabled()) {
            event.field = field;
            event.ret = ret;
            event.commit();
        }
    }

    /// A body is about to be loaded.
    public static void loadState(String name, int versionId) {
        LoadState event = new LoadState();
        if (event.isEnabled()) {
            event.name = name;
            event.versionId = versionId;
            event.commit();
        }
    }

    /// A body was loaded, or was refused because of its version.
    public static void loadStateEnd(String name, String reason, int val) {
        LoadStateEnd event = new LoadStateEnd();
        if (event.isEnabled()) {
            event.name = name;
            event.reason = reason;
            event.val = val;
            event.commit();
        }
    }

    /// A field is about to be loaded or skipped.
    public static void loadStateField(String name, String field, boolean exists) {
        LoadStateField event = new LoadStateField();
        if (event.isEnabled()) {
            event.name = name;
            event.field = field;
            event.exists = exists;
            event.commit();
        }
    }

    /// The number of elements of a field.
    public static void nElems(String name, int nElems) {
        NElems event = new NElems();
        if (event.isEnabled()) {
            event.name = name;
            event.nElems = nElems;
            event.commit();
        }
    }

    /// The result of a field's test.
    public static void fieldExists(
            String vmsd, String name, int fieldVersion, int version, int result) {
        FieldExists event = new FieldExists();
        if (event.isEnabled()) {
            event.vmsd = vmsd;
            event.name = name;
            event.fieldVersion = fieldVersion;
            event.version = version;
            event.result = result;
            event.commit();
        }
    }

    /// The search for subsections of a body begins.
    public static void subsectionLoad(String parent) {
        SubsectionLoad event = new SubsectionLoad();
        if (event.isEnabled()) {
            event.parent = parent;
            event.commit();
        }
    }

    /// An apparent subsection is not one, or could not be loaded.
    public static void subsectionLoadBad(String parent, String sub, String sub2) {
        SubsectionLoadBad event = new SubsectionLoadBad();
        if (event.isEnabled()) {
            event.parent = parent;
            event.sub = sub;
            event.sub2 = sub2;
            event.commit();
        }
    }

    /// No further subsection follows.
    public static void subsectionLoadGood(String parent) {
        SubsectionLoadGood event = new SubsectionLoadGood();
        if (event.isEnabled()) {
            event.parent = parent;
            event.commit();
        }
    }

    /// The pre-save hook has run.
    public static void saveStatePreSaveRes(String name, int res) {
        SaveStatePreSaveRes event = new SaveStatePreSaveRes();
        if (event.isEnabled()) {
            event.name = name;
            event.res = res;
            event.commit();
        }
    }

    /// A field is about to be saved.
    public static void saveStateLoop(String name, String field, int nElems) {
        SaveStateLoop event = new SaveStateLoop();
        if (event.isEnabled()) {
            event.name = name;
            event.field = field;
            event.nElems = nElems;
            event.commit();
        }
    }

    /// A body is about to be saved.
    public static void saveStateTop(String idstr) {
        SaveStateTop event = new SaveStateTop();
        if (event.isEnabled()) {
            event.idstr = idstr;
            event.commit();
        }
    }

    /// A subsection is about to be saved.
    public static void subsectionSaveLoop(String name, String sub) {
        SubsectionSaveLoop event = new SubsectionSaveLoop();
        if (event.isEnabled()) {
            event.name = name;
            event.sub = sub;
            event.commit();
        }
    }

    /// Subsections of a body are about to be saved, if any are needed.
    public static void subsectionSaveTop(String idstr) {
        SubsectionSaveTop event = new SubsectionSaveTop();
        if (event.isEnabled()) {
            event.idstr = idstr;
            event.commit();
        }
    }

    /// A tail queue is about to be loaded.
    public static void getQtailq(String name, int versionId) {
        GetQtailq event = new GetQtailq();
        if (event.isEnabled()) {
            event.name = name;
            event.versionId = versionId;
            event.commit();
        }
    }

    /// A tail queue was loaded.
    public static void getQtailqEnd(String name, String reason, int val) {
        GetQtailqEnd event = new GetQtailqEnd();
        if (event.isEnabled()) {
            event.name = name;
            event.reason = reason;
            event.val = val;
            event.commit();
        }
    }

    /// A tail queue is about to be saved.
    public static void putQtailq(String name, int versionId) {
        PutQtailq event = new PutQtailq();
        if (event.isEnabled()) {
            event.name = name;
            event.versionId = versionId;
            event.commit();
        }
    }

    /// A tail queue was saved.
    public static void putQtailqEnd(String name, String reason) {
        PutQtailqEnd event = new PutQtailqEnd();
        if (event.isEnabled()) {
            event.name = name;
            event.reason = reason;
            event.commit();
        }
    }

    /// A tree is about to be loaded.
    public static void getGtree(
            String fieldName, String keyVmsdName, String valVmsdName, int nnodes) {
        GetGtree event = new GetGtree();
        if (event.isEnabled()) {
            event.fieldName = fieldName;
            event.keyVmsdName = keyVmsdName;
            event.valVmsdName = valVmsdName;
            event.nnodes = nnodes;
            event.commit();
        }
    }

    /// A tree was loaded.
    public static void getGtreeEnd(
            String fieldName, String keyVmsdName, String valVmsdName, int ret) {
        GetGtreeEnd event = new GetGtreeEnd();
        if (event.isEnabled()) {
            event.fieldName = fieldName;
            event.keyVmsdName = keyVmsdName;
            event.valVmsdName = valVmsdName;
            event.ret = ret;
            event.commit();
        }
    }

    /// A tree is about to be saved.
    public static void putGtree(
            String fieldName, String keyVmsdName, String valVmsdName, int nnodes) {
        PutGtree event = new PutGtree();
        if (event.isEnabled()) {
            event.fieldName = fieldName;
            event.keyVmsdName = keyVmsdName;
            event.valVmsdName = valVmsdName;
            event.nnodes = nnodes;
            event.commit();
        }
    }

    /// A tree was saved.
    public static void putGtreeEnd(
            String fieldName, String keyVmsdName, String valVmsdName, int ret) {
        PutGtreeEnd event = new PutGtreeEnd();
        if (event.isEnabled()) {
            event.fieldName = fieldName;
            event.keyVmsdName = keyVmsdName;
            event.valVmsdName = valVmsdName;
            event.ret = ret;
            event.commit();
        }
    }

    /// A list is about to be loaded.
    public static void getQlist(String fieldName, String vmsdName, int versionId) {
        GetQlist event = new GetQlist();
        if (event.isEnabled()) {
            event.fieldName = fieldName;
            event.vmsdName = vmsdName;
            event.versionId = versionId;
            event.commit();
        }
    }

    /// A list was loaded.
    public static void getQlistEnd(String fieldName, String vmsdName) {
        GetQlistEnd event = new GetQlistEnd();
        if (event.isEnabled()) {
            event.fieldName = fieldName;
            event.vmsdName = vmsdName;
            event.commit();
        }
    }

    /// A list is about to be saved.
    public static void putQlist(String fieldName, String vmsdName, int versionId) {
        PutQlist event = new PutQlist();
        if (event.isEnabled()) {
            event.fieldName = fieldName;
            event.vmsdName = vmsdName;
            event.versionId = versionId;
            event.commit();
        }
    }

    /// A list was saved.
    public static void putQlistEnd(String fieldName, String vmsdName) {
        PutQlistEnd event = new PutQlistEnd();
        if (event.isEnabled()) {
            event.fieldName = fieldName;
            event.vmsdName = vmsdName;
            event.commit();
        }
    }
}
