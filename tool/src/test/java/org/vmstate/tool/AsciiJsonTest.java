// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import org.junit.jupiter.api.Test;
import org.vmstate.testing.Json;
import org.vmstate.tool.show.AsciiJson;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

final class AsciiJsonTest {
    @Test
    void everyCharacterThatIsNotPrintableIsEscaped() {
        StringBuilder text = new StringBuilder();
        for (char c = 0; c < 0x200; c++) {
            text.append(c);
        }
        text.append("\u2028\u202e\ud800 \ud83d\ude00");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json =
                AsciiJson.FACTORY.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeString(text.toString());
        }
        String written = out.toString(UTF_8);
        assertThat(written.chars()).allMatch(c -> c >= ' ' && c < 0x7f);
        assertThat(Json.parse(written)).isEqualTo(text.toString());
    }
}
