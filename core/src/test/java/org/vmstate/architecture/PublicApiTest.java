// SPDX-License-Identifier: Apache-2.0
package org.vmstate.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// Compares the public API with a file, so that reviewers see each change.
final class PublicApiTest {
    private static final Path FILE = Path.of("api/org.vmstate.txt");

    @Test
    void publicApiIsTheOneOnFile() throws IOException {
        String text = PublicApi.text();
        if ("write".equals(System.getProperty("api"))) {
            Files.writeString(
                    Files.createDirectories(FILE.getParent()).resolve(FILE.getFileName()), text);
        }

        assertThat(text)
                .as("the public API; `scripts/api` writes it to core/" + FILE)
                .isEqualTo(Files.readString(FILE));
    }
}
