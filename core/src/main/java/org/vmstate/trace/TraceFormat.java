// SPDX-License-Identifier: Apache-2.0
package org.vmstate.trace;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import org.vmstate.wire.Printable;

/// Formats recorded trace events as the lines of QEMU's log back end.
///
/// ```
/// vmstate_load_state_field spapr_pending_events:pending_events exists=1
/// ```
public final class TraceFormat {
    private static final Map<String, String> FORMATS = new LinkedHashMap<>();

    static {
        FORMATS.put("vmstate_load_field_error", "field \"%s\" load failed, ret = %d");
        FORMATS.put("vmstate_load_state", "%s v%d");
        FORMATS.put("vmstate_load_state_end", "%s %s/%d");
        FORMATS.put("vmstate_load_state_field", "%s:%s exists=%d");
        FORMATS.put("vmstate_n_elems", "%s: %d");
        FORMATS.put("vmstate_field_exists", "%s:%s field_version %d version %d result %d");
        FORMATS.put("vmstate_subsection_load", "%s");
        FORMATS.put("vmstate_subsection_load_bad", "%s: %s/%s");
        FORMATS.put("vmstate_subsection_load_good", "%s");
        FORMATS.put("vmstate_save_state_pre_save_res", "%s/%d");
        FORMATS.put("vmstate_save_state_loop", "%s/%s[%d]");
        FORMATS.put("vmstate_save_state_top", "%s");
        FORMATS.put("vmstate_subsection_save_loop", "%s/%s");
        FORMATS.put("vmstate_subsection_save_top", "%s");
        FORMATS.put("get_qtailq", "%s v%d");
        FORMATS.put("get_qtailq_end", "%s %s/%d");
        FORMATS.put("put_qtailq", "%s v%d");
        FORMATS.put("put_qtailq_end", "%s %s");
        FORMATS.put("get_gtree", "%s(%s/%s) nnodes=%d");
        FORMATS.put("get_gtree_end", "%s(%s/%s) %d");
        FORMATS.put("put_gtree", "%s(%s/%s) nnodes=%d");
        FORMATS.put("put_gtree_end", "%s(%s/%s) %d");
        FORMATS.put("get_qlist", "%s(%s v%d)");
        FORMATS.put("get_qlist_end", "%s(%s)");
        FORMATS.put("put_qlist", "%s(%s v%d)");
        FORMATS.put("put_qlist_end", "%s(%s)");
    }

    private TraceFormat() {}

    /// The names of all events, to be enabled in a recording.
    public static Set<String> names() {
        return Set.copyOf(FORMATS.keySet());
    }

    /// Whether an event is a trace event of this library.
    public static boolean isTrace(RecordedEvent event) {
        return FORMATS.containsKey(event.getEventType().getName());
    }

    /// Returns the line for a trace event: its name, then its arguments as QEMU formats them. Names
    /// from the stream are filtered ([Printable]), so every event is one line.
    public static String format(RecordedEvent event) {
        String name = event.getEventType().getName();
        String format = Objects.requireNonNull(FORMATS.get(name), name);
        Object[] values =
                event.getFields().stream()
                        .map(ValueDescriptor::getName)
                        .filter(field -> !JFR_FIELDS.contains(field))
                        .map(field -> value(event.getValue(field)))
                        .toArray();
        return name + " " + format.formatted(values);
    }

    private static final Set<String> JFR_FIELDS =
            Set.of("startTime", "duration", "eventThread", "stackTrace");

    private static Object value(Object value) {
        return switch (value) {
            case Boolean b -> b ? 1 : 0;
            case String name -> Printable.text(name);
            default -> value;
        };
    }
}
