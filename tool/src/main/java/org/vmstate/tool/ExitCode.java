// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

/// The exit codes of the commands.
public final class ExitCode {
    /// Success.
    public static final int FINE = 0;

    /// The command did its work and found a defect.
    public static final int FINDINGS = 1;

    /// The command line is wrong.
    public static final int USAGE = 2;

    /// The input is malformed.
    public static final int MALFORMED = 3;

    /// Reading or writing failed.
    public static final int IO = 4;

    /// A bug in the tool.
    static final int BUG = 70;

    private ExitCode() {}
}
