// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import org.vmstate.internal.file.MappedFile;
import org.vmstate.wire.Printable;
import org.vmstate.wire.VMStateException;

/// Converts an exception to a message of one line and an exit code.
final class Failure {
    private Failure() {}

    /// Prints what went wrong; returns the exit code.
    ///
    /// @param command the command as the user calls it, such as `vmstate show`
    static int report(Throwable failure, String command, Terminal terminal) {
        UnfinishedFiles.awaitEnd(failure);
        return reportCause(cause(failure), command, terminal);
    }

    /// The exception to report: that an input became shorter, if one did, because this may cause
    /// any other exception.
    private static Throwable cause(Throwable failure) {
        Optional<IOException> shorter = MappedFile.becameShorter();
        if (shorter.isPresent() && !(failure instanceof UsageException)) {
            return shorter.get();
        }
        if (failure instanceof InternalError error) {
            try {
                return MappedFile.fault(error);
            } catch (InternalError other) {
                return other;
            }
        }
        return failure;
    }

    private static int reportCause(Throwable failure, String command, Terminal terminal) {
        if (failure instanceof UsageException usage) {
            terminal.message(String.valueOf(usage.getMessage()));
            terminal.err().println("Try '" + command + " --help'.");
            return ExitCode.USAGE;
        }
        if (failure instanceof VMStateException malformed) {
            boolean raisable = malformed.detail().endsWith("(maxTemporaryBytes)");
            terminal.message(malformed.getMessage() + (raisable ? "; see --max-temporary" : ""));
            return ExitCode.MALFORMED;
        }
        if (failure instanceof IOException io) {
            if (!Terminal.brokenPipe(io)) {
                terminal.message(message(io));
            }
            return ExitCode.IO;
        }
        if (failure instanceof InvalidPathException name) {
            terminal.message(
                    Printable.text(name.getInput())
                            + ": this system's character set cannot spell the name; see LC_ALL");
            return ExitCode.IO;
        }
        if (failure instanceof OutOfMemoryError) {
            terminal.message(
                    "not enough memory: "
                            + failure.getMessage()
                            + "; VMSTATE_JAVA_OPTS=-Xmx4g, for example, allows more");
            return ExitCode.IO;
        }
        terminal.message("this is a bug, please report it with the following");
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        trace.toString().lines().map(Failure::traceLine).forEach(terminal.err()::println);
        return ExitCode.BUG;
    }

    /// Filters a line of a stack trace, which may begin with a tab.
    private static String traceLine(String line) {
        return Printable.text(line.replace("\t", "    "));
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
}
