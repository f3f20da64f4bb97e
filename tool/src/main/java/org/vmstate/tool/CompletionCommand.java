// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `vmstate completion`: prints a completion script for bash and zsh.
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        header = "Prints a script with which bash and zsh complete commands and options.",
        customSynopsis = {
            "Examples:",
            "  source <(vmstate completion)                  in this shell",
            "  vmstate completion > ~/.local/share/bash-completion/completions/vmstate",
            "",
            "Usage: vmstate completion"
        },
        synopsisHeading = "",
        optionListHeading = "%nOptions:%n")
final class CompletionCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec private CommandSpec spec = CommandSpec.create();

    CompletionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        PrintWriter out = terminal.text();
        out.print(AutoComplete.bash("vmstate", spec.root().commandLine()));
        out.flush();
        return ExitCode.FINE;
    }
}
