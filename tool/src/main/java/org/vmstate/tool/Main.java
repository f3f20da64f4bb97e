// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.vmstate.internal.file.MappedFile;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/// The `vmstate` command: parses the command line, runs a subcommand, and converts exceptions to
/// exit codes.
@Command(
        name = "vmstate",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        header = "Examines and converts QEMU's migration streams and suspended machines.",
        customSynopsis = {
            "Examples:",
            "  vmstate show vm.mig                      what is in the file",
            "  vmstate show vm.mig spapr                one device in detail",
            "  vmstate show vm.mig --json 'cpu*'        the same for programs",
            "  vmstate diff old.mig new.mig             what differs: devices, values, memory",
            "  vmstate report vm.mig -o vm.html         a page for a browser",
            "  vmstate get vm.mig timer.cpu_clock_offset   one value",
            "  vmstate set vm.mig globalstate.runstate='\"paused\"' -o out.mig   a copy with another value",
            "  vmstate convert vm.mig out.mig           read into the model, write from it",
            "  vmstate ram vm.mig                       statistics of its memory",
            "  vmstate extract vm.mig -o memory         guest memory as files",
            "  vmstate core vm.mig -o vm.core           guest memory and registers for gdb and crash",
            "  vmstate check vm.mig dest.json           will that QEMU load it?",
            "  vmstate explain 'Missing section footer for cpu' vm.mig",
            "  vmstate receive unix:vm.sock -o vm.mig   record a migration",
            "  vmstate send vm.mig unix:vm.sock         to a QEMU that waits for a migration",
            "  vmstate capture vm.qmp -o vm.mig --resume   the state of a running QEMU",
            "  vmstate proxy tcp::4444 tcp:dest:4444   relay a migration",
            "",
            "Usage: vmstate COMMAND [OPTION…] [FILE…]"
        },
        synopsisHeading = "",
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Output files are created only when complete. The leftovers of a killed run, .vmstate-*.tmp and",
            ".vmstate-*.dir, are deleted by the next run that writes to the same folder.",
            "Exit codes: 0 fine, 1 findings, 2 usage, 3 malformed input, 4 I/O error.",
            "'vmstate COMMAND --help' describes a command."
        },
        subcommands = {
            ShowCommand.class,
            DiffCommand.class,
            GetCommand.class,
            SetCommand.class,
            ReportCommand.class,
            ConvertCommand.class,
            RamCommand.class,
            ExtractCommand.class,
            CoreCommand.class,
            CheckCommand.class,
            ExplainCommand.class,
            ReceiveCommand.class,
            ProxyCommand.class,
            SendCommand.class,
            CaptureCommand.class,
            CompletionCommand.class,
            ManCommand.class
        })
public final class Main implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    private Main() {}

    /// Runs the command line and exits with its exit code.
    public static void main(String[] args) {
        int code = run(Terminal.ofProcess(), args);
        if (code != ExitCode.FINE) { // System.exit loads the classes of its logging
            System.exit(code);
        }
    }

    /// Runs the command line; returns the exit code.
    static int run(Terminal terminal, String... args) {
        try {
            int code = execute(terminal, args);
            MappedFile.throwIfShorter();
            terminal.finish();
            return code;
        } catch (Exception | OutOfMemoryError | StackOverflowError | InternalError e) {
            return Failure.report(e, "vmstate show", terminal);
        }
    }

    private static int execute(Terminal terminal, String... args)
            throws IOException, UsageException {
        Optional<ShowRequest> show = ShowRequest.plain(args);
        if (show.isPresent()) {
            return show.get().run(terminal);
        }
        UnfinishedFiles.removeAtExit(); // not in a plain `show`, which writes no file
        return commandLine(terminal).execute(args);
    }

    /// Creates the command line with its subcommands and its error handling.
    static CommandLine commandLine(Terminal terminal) {
        Ansi ansi = terminal.colour() ? Ansi.ON : Ansi.OFF;
        return new CommandLine(new Main(), new Commands(terminal))
                .registerConverter(Path.class, Path::of) // picocli's own converter drops the cause
                .setOut(terminal.text())
                .setErr(terminal.err())
                .setColorScheme(CommandLine.Help.defaultColorScheme(ansi))
                .setParameterExceptionHandler(
                        (e, _) ->
                                Failure.report(
                                        e.getCause() instanceof InvalidPathException path
                                                ? path
                                                : usage(e),
                                        name(e.getCommandLine()),
                                        terminal))
                .setExecutionExceptionHandler(
                        (e, command, _) -> Failure.report(e, name(command), terminal))
                .setExpandAtFiles(false)
                .setUsageHelpAutoWidth(false)
                .setUsageHelpWidth(100);
    }

    private static String name(CommandLine command) {
        return command.getCommandSpec().qualifiedName();
    }

    private static UsageException usage(ParameterException e) {
        String message = String.valueOf(e.getMessage());
        return new UsageException(
                e instanceof UnmatchedArgumentException unmatched
                                && unmatched.getCommandLine().getParent() == null
                                && !unmatched.getUnmatched().getFirst().startsWith("-")
                        ? "there is no command '" + unmatched.getUnmatched().getFirst() + "'"
                        : message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1));
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
