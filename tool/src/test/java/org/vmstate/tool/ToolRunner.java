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

    /// How a command ended.
    ///
    /// @param text its output
    public record Result(int code, String text, String err) {}

    /// Runs a command, whatever its exit code.
    public static Result result(String... args) {
        Cli.Run run = Cli.run(args);
        return new Result(run.code(), run.text(), run.err());
    }
}
