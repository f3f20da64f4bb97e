// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BlockFileNamesTest {
    @Test
    void noNameLeavesTheFolder() {
        BlockFileNames names = new BlockFileNames();
        Set<String> given = new HashSet<>();
        for (String name :
                new String[] {
                    "pc.ram",
                    "PC.RAM",
                    "/abs",
                    "../../etc/x",
                    "..",
                    ".",
                    "",
                    "a/b",
                    "a_b",
                    "c:\\d",
                    "x\0y",
                    "~2",
                    "\u202etxt",
                    "-rf",
                    "--.x",
                    "n".repeat(255),
                    "n".repeat(254)
                }) {
            String file = names.of(name);
            assertThat(file).matches("[A-Za-z0-9@][A-Za-z0-9._@~-]*").hasSizeLessThan(140);
            assertThat(given.add(file.toLowerCase(Locale.ROOT))).as(name).isTrue();
            assertThat(names.of(name)).isEqualTo(file);
        }
        assertThat(names.of("/rom@etc/acpi/tables")).isEqualTo("rom@etc_acpi_tables.raw");
    }
}
