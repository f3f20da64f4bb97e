// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.PrintWriter;
import java.util.Locale;
import org.vmstate.migration.StreamRecorder;
import org.vmstate.tool.show.Amounts;
import org.vmstate.tool.show.AsciiJson;
import tools.jackson.core.JsonGenerator;

/// Prints what was recorded: a line, or the JSON document that `docs/guide/record-and-relay.md`
/// specifies.
record ReceiveOutput(String file, StreamRecorder.Result result) {
    private static final int FORMAT_VERSION = 1;
    private static final double MIB = 1 << 20;

    /// Prints it to standard output, or as a message if that has the recording.
    void print(Terminal terminal, boolean json, boolean asMessage) {
        if (json) {
            json(terminal);
        } else if (asMessage) {
            terminal.message(text());
        } else {
            PrintWriter out = terminal.text();
            out.println(terminal.plain(file) + "  " + terminal.plain(text()));
            out.flush();
        }
    }

    private String text() {
        double seconds = result.time().toNanos() / 1e9;
        return String.format(
                Locale.ROOT,
                "%s in %.1f s (%.0f MiB/s)%s%s; %s",
                Amounts.binary(result.received()),
                seconds,
                result.received() / MIB / seconds,
                result.machineType().map(type -> ", machine " + type).orElse(""),
                result.postcopy() ? ", postcopy" : "",
                result.returnPath()
                        ? "the source was told of the success"
                        : "the source has no return path");
    }

    private void json(Terminal terminal) {
        try (JsonGenerator json = AsciiJson.pretty(terminal.out())) {
            json.writeStartObject();
            json.writeNumberProperty("formatVersion", FORMAT_VERSION);
            json.writeStringProperty("file", file);
            json.writeName("machineType");
            if (result.machineType().isPresent()) {
                json.writeString(result.machineType().get());
            } else {
                json.writeNull();
            }
            json.writeStringProperty("receivedBytes", Long.toString(result.received()));
            json.writeNumberProperty("milliseconds", result.time().toMillis());
            json.writeBooleanProperty("returnPath", result.returnPath());
            json.writeBooleanProperty("postcopy", result.postcopy());
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }
}
