// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class MainTest {
    @Test
    void helpNamesTheCommand() {
        assertThat(Main.class.getAnnotation(picocli.CommandLine.Command.class).name())
                .isEqualTo("vmstate");
    }
}
