// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;

/// JSON with ASCII characters only. It preserves every string, including unpaired surrogates, and
/// cannot contain control sequences for a terminal.
public final class AsciiJson {
    /// Creates generators of this JSON.
    public static final JsonFactory FACTORY =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private AsciiJson() {}
}
