// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.VMStateException;

/// The way from an exception to one clear line and an exit code.
final class Failure {
    private Failure() {}

    /// Tells the user what went wrong; returns the exit code.
    ///
    /// @param command the command as its user would call it, such as `vmstate show`
    static int report(Throwable failure, String command, Terminal terminal) {
        if (failure instanceof UsageException usage) {
            terminal.complain(String.valueOf(usage.getMessage()));
            terminal.err().println("Try '" + command + " --help'.");
            return ExitCode.USAGE;
        }
        if (failure instanceof VMStateException malformed) {
            terminal.complain(String.valueOf(malformed.getMessage()));
            return ExitCode.MALFORMED;
        }
        if (failure instanceof IOException io) {
            if (!Terminal.brokenPipe(io)) {
                terminal.complain(message(io));
            }
            return ExitCode.IO;
        }
        terminal.complain("this is a bug, please report it with what follows");
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        trace.toString().lines().map(Failure::traceLine).forEach(terminal.err()::println);
        return ExitCode.BUG;
    }

    /// A line of a stack trace, which may begin with a tab.
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
