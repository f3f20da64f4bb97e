// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// Compares the table of limits in `SECURITY.md` with [ReadLimits].
final class SecurityPolicyTest {
    private static final Path POLICY =
            Path.of(System.getProperty("vmstate.root", "..")).resolve("SECURITY.md");

    @Test
    void limitsAreThoseOfTheCode() throws Exception {
        Assumptions.assumeTrue(Files.exists(POLICY), "no SECURITY.md beside the sources");
        Map<String, String> written = new TreeMap<>();
        Matcher row =
                Pattern.compile("^\\| `(max\\w+)` \\| ([0-9,]+) \\|", Pattern.MULTILINE)
                        .matcher(Files.readString(POLICY));
        while (row.find()) {
            written.put(row.group(1), row.group(2).replace(",", ""));
        }
        Map<String, String> limits = new TreeMap<>();
        for (Method method : ReadLimits.class.getDeclaredMethods()) {
            if (Modifier.isPublic(method.getModifiers()) && method.getName().startsWith("max")) {
                limits.put(method.getName(), String.valueOf(method.invoke(ReadLimits.DEFAULT)));
            }
        }
        assertThat(written).isEqualTo(limits);
    }
}
