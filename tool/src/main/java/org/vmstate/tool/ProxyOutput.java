// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.PrintWriter;
import java.util.Locale;
import org.vmstate.migration.StreamRelay;
import org.vmstate.tool.show.Amounts;
import org.vmstate.tool.show.AsciiJson;
import tools.jackson.core.JsonGenerator;

/// Prints what was relayed: a line, or the JSON document that `docs/guide/record-and-relay.md`
/// specifies.
record ProxyOutput(StreamRelay.Result result) {
    private static final int FORMAT_VERSION = 1;
    private static final double MIB = 1 << 20;

    void print(Terminal terminal, boolean json) {
        if (json) {
            json(terminal);
            return;
        }
        PrintWriter out = terminal.text();
        double seconds = result.time().toNanos() / 1e9;
        out.println(
                terminal.plain(
                        String.format(
                                Locale.ROOT,
                                "%s in %.1f s (%.0f MiB/s), %d %s; %s",
                                Amounts.binary(result.sent()),
                                seconds,
                                result.sent() / MIB / seconds,
                                result.channels(),
                                result.channels() == 1 ? "channel" : "channels",
                                result.answer().isPresent()
                                        ? "the destination has loaded it"
                                        : "the source has no return path, so whether the"
                                                + " destination has loaded it is not known")));
        out.flush();
    }

    private void json(Terminal terminal) {
        try (JsonGenerator json = AsciiJson.pretty(terminal.out())) {
            json.writeStartObject();
            json.writeNumberProperty("formatVersion", FORMAT_VERSION);
            json.writeStringProperty("receivedBytes", Long.toString(result.received()));
            json.writeStringProperty("sentBytes", Long.toString(result.sent()));
            json.writeNumberProperty("channels", result.channels());
            json.writeBooleanProperty("loaded", result.answer().isPresent());
            json.writeNumberProperty("milliseconds", result.time().toMillis());
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }
}
