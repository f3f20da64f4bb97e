// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.vmstate.container.Snapshot;
import org.vmstate.tool.show.AsciiJson;
import org.vmstate.wire.Printable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/// Prints the snapshots of a disk image.
final class SnapshotList {
    private final Terminal terminal;

    SnapshotList(Terminal terminal) {
        this.terminal = terminal;
    }

    /// Prints the snapshots as text or JSON; returns the exit code.
    int print(List<Snapshot> snapshots, boolean json) {
        PrintWriter out = terminal.text();
        if (json) {
            out.println(json(snapshots));
        } else {
            out.println(
                    terminal.strong("disk image")
                            + " with "
                            + (snapshots.size() == 1
                                    ? "1 snapshot"
                                    : snapshots.size() + " snapshots"));
            for (Snapshot s : snapshots) {
                out.printf(
                        "  %-6s %-24s %s  guest ran %ds  %s%n",
                        Printable.text(s.id()),
                        Printable.text(s.name()),
                        s.created(),
                        s.guestClock().toSeconds(),
                        s.hasState() ? s.stateBytes() + " bytes of state" : "disk only");
            }
            out.println("--snapshot NAME or ID reads one.");
        }
        out.flush();
        return ExitCode.FINE;
    }

    private static String json(List<Snapshot> snapshots) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json =
                AsciiJson.FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeNumberProperty("formatVersion", 1);
            json.writeArrayPropertyStart("snapshots");
            for (Snapshot s : snapshots) {
                json.writeStartObject();
                json.writeStringProperty("id", s.id());
                json.writeStringProperty("name", s.name());
                json.writeStringProperty("created", s.created().toString());
                json.writeStringProperty("guestClock", Long.toString(s.guestClock().toNanos()));
                json.writeStringProperty("stateBytes", Long.toString(s.stateBytes()));
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return text.toString();
    }
}
