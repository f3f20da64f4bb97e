// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static org.assertj.core.api.Assertions.assertThat;

/// Runs the tool for tests in other packages.
public final class ToolRunner {
    private ToolRunner() {}

    /// Runs a command that must succeed; returns its output.
    public static String run(String... args) {
        Cli.Run run = Cli.run(args);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        return run.text();
    }
}
