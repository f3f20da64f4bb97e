// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.vmstate.wire.VMStateException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/// The `vmstate` command: the way from the command line to a subcommand, and from errors to exit
/// codes.
@Command(
        name = "vmstate",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        header = "Looks into QEMU's migration streams and suspended machines.",
        customSynopsis = {
            "Examples:",
            "  vmstate show vm.mig                      what is in the file",
            "  vmstate show vm.mig spapr                one device in detail",
            "  vmstate show vm.mig --json 'cpu*'        the same for programs",
            "  vmstate convert vm.mig out.mig           read into the model, write from it",
            "  vmstate ram vm.mig                       what its memory is like",
            "  vmstate extract vm.mig -o memory         guest memory as files",
            "  vmstate core vm.mig -o vm.core           guest memory and registers for gdb and crash",
            "",
            "Usage: vmstate COMMAND [OPTION…] [FILE…]"
        },
        synopsisHeading = "",
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Exit codes: 0 fine, 1 findings, 2 usage, 3 malformed input, 4 I/O error.",
            "'vmstate COMMAND --help' tells more about a command."
        },
        subcommands = {
            ShowCommand.class,
            ConvertCommand.class,
            RamCommand.class,
            ExtractCommand.class,
            CoreCommand.class
        })
public final class Main implements Runnable {
    @Spec private CommandSpec spec;

    private Main() {
        spec = CommandSpec.create();
    }

    /// Runs the command line and exits with its code.
    public static void main(String[] args) {
        System.exit(run(args));
    }

    static int run(String... args) {
        return commandLine().execute(args);
    }

    /// The command line with its subcommands and its handling of errors.
    static CommandLine commandLine() {
        Terminal terminal = Terminal.ofProcess();
        return new CommandLine(new Main(), new Commands(terminal))
                .setColorScheme(
                        CommandLine.Help.defaultColorScheme(terminal.colour() ? Ansi.ON : Ansi.OFF))
                .setParameterExceptionHandler(Main::usage)
                .setExecutionExceptionHandler(Main::failed)
                .setUsageHelpAutoWidth(false)
                .setUsageHelpWidth(100);
    }

    private static int usage(ParameterException e, String[] args) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println("vmstate: " + e.getMessage());
        err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE;
    }

    private static int failed(Exception e, CommandLine command, ParseResult result)
            throws Exception {
        if (e instanceof VMStateException malformed) {
            command.getErr().println("vmstate: " + malformed.getMessage());
            return ExitCode.MALFORMED;
        }
        if (e instanceof IOException io) {
            command.getErr().println("vmstate: " + message(io));
            return ExitCode.IO;
        }
        throw e;
    }

    private static String message(IOException e) {
        return switch (e) {
            case NoSuchFileException f -> f.getFile() + ": no such file";
            case AccessDeniedException f -> f.getFile() + ": permission denied";
            case FileSystemException f ->
                    f.getFile() + ": " + (f.getReason() == null ? "cannot be used" : f.getReason());
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }
}
