// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Spec;

/// `vmstate man`: prints the manual page of all commands, generated from their help.
@Command(
        name = "man",
        mixinStandardHelpOptions = true,
        header = "Prints the manual page.",
        customSynopsis = {
            "Examples:",
            "  vmstate man | man -l -                        read it",
            "  vmstate man > /usr/local/share/man/man1/vmstate.1",
            "",
            "Usage: vmstate man"
        },
        synopsisHeading = "",
        optionListHeading = "%nOptions:%n")
final class ManCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec private CommandSpec spec = CommandSpec.create();

    ManCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        PrintWriter out = terminal.text();
        CommandSpec root = spec.root();
        out.println(".TH VMSTATE 1");
        out.println(".SH NAME");
        out.println("vmstate \\- " + escaped(String.join(" ", root.usageMessage().header())));
        out.println(".SH SYNOPSIS");
        verbatim(out, root.usageMessage().customSynopsis());
        root.subcommands().values().forEach(command -> command(out, command.getCommandSpec()));
        out.println(".SH EXIT STATUS");
        out.println("0 fine, 1 findings, 2 usage, 3 malformed input, 4 I/O error.");
        out.flush();
        return ExitCode.FINE;
    }

    private static void command(PrintWriter out, CommandSpec command) {
        out.println(".SH VMSTATE " + command.name().toUpperCase(java.util.Locale.ROOT));
        out.println(escaped(String.join(" ", command.usageMessage().header())));
        verbatim(out, command.usageMessage().customSynopsis());
        for (PositionalParamSpec parameter : command.positionalParameters()) {
            item(out, parameter.paramLabel(), parameter);
        }
        for (OptionSpec option : command.options()) {
            String value = option.arity().max() == 0 ? "" : " " + option.paramLabel();
            item(out, String.join(", ", option.names()) + value, option);
        }
        verbatim(out, command.usageMessage().footer());
    }

    private static void item(PrintWriter out, String head, ArgSpec argument) {
        out.println(".TP");
        out.println(".B " + escaped(head));
        out.println(escaped(String.join(" ", argument.description())));
    }

    private static void verbatim(PrintWriter out, String[] lines) {
        out.println(".PP");
        out.println(".nf");
        for (String line : lines) {
            out.println(escaped(line));
        }
        out.println(".fi");
    }

    /// Escapes text for troff and undoubles the `%%` of picocli.
    private static String escaped(String text) {
        String plain = text.replace("%%", "%").replace("%n", " ");
        String troff = plain.replace("\\", "\\e").replace("-", "\\-");
        return troff.startsWith(".") || troff.startsWith("'") ? "\\&" + troff : troff;
    }
}
