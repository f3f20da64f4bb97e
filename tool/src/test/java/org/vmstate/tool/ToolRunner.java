// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static org.assertj.core.api.Assertions.assertThat;

/// The tool for tests of other packages.
public final class ToolRunner {
    private ToolRunner() {}

    /// What it prints when all goes well.
    public static String run(String... args) {
        Cli.Run run = Cli.run(args);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        return run.text();
    }
}
