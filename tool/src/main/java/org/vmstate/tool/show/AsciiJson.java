// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.io.OutputStream;
import java.io.Serial;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.SerializableString;
import tools.jackson.core.io.CharacterEscapes;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.core.util.DefaultPrettyPrinter;

/// JSON with printable ASCII characters only. It preserves every string, including unpaired
/// surrogates, and cannot contain control sequences for a terminal.
public final class AsciiJson {
    /// Creates generators of this JSON.
    public static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .characterEscapes(new ControlEscapes())
                    .build();

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

    /// The escapes of JSON, and one for U+007F, which is ASCII but not printable.
    private static final class ControlEscapes extends CharacterEscapes {
        @Serial private static final long serialVersionUID = 1L;

        private static final int[] CODES = standardAsciiEscapesForJSON();

        static {
            CODES[0x7f] = ESCAPE_STANDARD;
        }

        @Override
        public int[] getEscapeCodesForAscii() {
            return CODES;
        }

        @Override
        public @Nullable SerializableString getEscapeSequence(int c) {
            return null;
        }
    }
}
