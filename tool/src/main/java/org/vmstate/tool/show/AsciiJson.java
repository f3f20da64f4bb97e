// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;

/// JSON of ASCII characters, in which every string of the input survives, halves of surrogate pairs
/// too, and none can steer a terminal.
public final class AsciiJson {
    /// Makes generators of it.
    public static final JsonFactory FACTORY =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private AsciiJson() {}
}
