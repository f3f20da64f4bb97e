// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.check;

import java.io.OutputStream;
import java.io.PrintWriter;
import org.vmstate.compare.Explanation;
import org.vmstate.compare.Reason;
import org.vmstate.tool.Terminal;
import org.vmstate.tool.show.AsciiJson;
import tools.jackson.core.JsonGenerator;

/// Prints an explanation, as text or as the JSON document that `docs/guide/check.md` specifies.
public final class ExplanationOutput {
    private static final int FORMAT_VERSION = 1;

    private ExplanationOutput() {}

    /// Prints text.
    public static void text(Terminal terminal, Explanation explanation) {
        PrintWriter out = terminal.text();
        out.println(terminal.strong(explanation.message()));
        out.println("    " + terminal.plain(explanation.meaning()));
        out.println("usual cause:");
        out.println("    " + terminal.plain(explanation.cause()));
        out.println("what to do:");
        out.println("    " + terminal.plain(explanation.remedy()));
        if (!explanation.places().isEmpty()) {
            out.println("in this stream:");
            new CheckText(terminal, true).print(out, explanation.places());
        }
        out.flush();
    }

    /// Writes JSON.
    public static void json(OutputStream out, String line, Explanation explanation) {
        try (JsonGenerator json = AsciiJson.pretty(out)) {
            json.writeStartObject();
            json.writeNumberProperty("formatVersion", FORMAT_VERSION);
            json.writeStringProperty("line", line);
            json.writeStringProperty("message", explanation.message());
            json.writeStringProperty("meaning", explanation.meaning());
            json.writeStringProperty("cause", explanation.cause());
            json.writeStringProperty("remedy", explanation.remedy());
            json.writeName("subject");
            explanation.subject().ifPresentOrElse(json::writeString, json::writeNull);
            json.writeArrayPropertyStart("places");
            for (Reason reason : explanation.places()) {
                CheckJson.write(json, reason);
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }
}
