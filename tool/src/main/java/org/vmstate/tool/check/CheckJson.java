// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.check;

import java.io.OutputStream;
import java.util.List;
import org.vmstate.compare.CheckResult;
import org.vmstate.compare.Reason;
import org.vmstate.tool.show.AsciiJson;
import tools.jackson.core.JsonGenerator;

/// Writes the JSON document of `vmstate check --json`, which `docs/guide/check.md` specifies.
public final class CheckJson {
    private static final int FORMAT_VERSION = 1;

    private CheckJson() {}

    /// Writes a result.
    public static void write(
            OutputStream out, String source, List<String> destinations, CheckResult result) {
        try (JsonGenerator json = AsciiJson.pretty(out)) {
            json.writeStartObject();
            json.writeNumberProperty("formatVersion", FORMAT_VERSION);
            json.writeStringProperty("source", source);
            json.writeArrayPropertyStart("destinations");
            destinations.forEach(json::writeString);
            json.writeEndArray();
            json.writeStringProperty("verdict", result.verdict().toString());
            json.writeArrayPropertyStart("reasons");
            for (Reason reason : result.reasons()) {
                write(json, reason);
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }

    static void write(JsonGenerator json, Reason reason) {
        json.writeStartObject();
        json.writeStringProperty("effect", reason.effect().toString());
        json.writeStringProperty("kind", reason.kind().label());
        json.writeStringProperty("subject", reason.subject());
        json.writeStringProperty("detail", reason.detail());
        json.writeStringProperty("remedy", reason.remedy());
        json.writeName("words");
        if (reason.words().isPresent()) {
            json.writeStartObject();
            json.writeStringProperty("older", reason.words().get().older());
            json.writeStringProperty("newer", reason.words().get().newer());
            json.writeEndObject();
        } else {
            json.writeNull();
        }
        json.writeName("offset");
        if (reason.offset().isPresent() && reason.offset().getAsLong() != Long.MAX_VALUE) {
            json.writeString(Long.toString(reason.offset().getAsLong()));
        } else {
            json.writeNull();
        }
        json.writeEndObject();
    }
}
