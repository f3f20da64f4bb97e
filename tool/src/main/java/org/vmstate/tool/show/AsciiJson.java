// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.io.OutputStream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.core.util.DefaultPrettyPrinter;

/// JSON with ASCII characters only. It preserves every string, including unpaired surrogates, and
/// cannot contain control sequences for a terminal.
public final class AsciiJson {
    /// Creates generators of this JSON.
    public static final JsonFactory FACTORY =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private AsciiJson() {}

    /// Returns a generator of this JSON, indented.
    public static JsonGenerator pretty(OutputStream out) {
        ObjectWriteContext pretty =
                new ObjectWriteContext.Base() {
                    private final PrettyPrinter printer = new DefaultPrettyPrinter();

                    @Override
                    public PrettyPrinter getPrettyPrinter() {
                        return printer;
                    }
                };
        return FACTORY.createGenerator(pretty, out);
    }
}
