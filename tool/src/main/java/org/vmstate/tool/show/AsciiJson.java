// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.SerializableString;
import tools.jackson.core.io.CharacterEscapes;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;

/// JSON with printable ASCII characters only. It preserves every string, including unpaired
/// surrogates, and cannot contain control sequences for a terminal.
public final class AsciiJson {
    /// Creates generators of this JSON.
    public static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .characterEscapes(new Escapes())
                    .build();

    private AsciiJson() {}

    /// Escapes the control character DEL, too, which JSON does not require.
    private static final class Escapes extends CharacterEscapes {
        private static final long serialVersionUID = 1L;
        private static final int DEL = 0x7f;

        @Override
        public int[] getEscapeCodesForAscii() {
            int[] codes = standardAsciiEscapesForJSON();
            codes[DEL] = ESCAPE_STANDARD;
            return codes;
        }

        @Override
        public @Nullable SerializableString getEscapeSequence(int c) {
            return null;
        }
    }
}
