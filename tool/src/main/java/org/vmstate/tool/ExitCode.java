// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

/// What the commands answer to the shell.
public final class ExitCode {
    /// Everything is fine.
    public static final int FINE = 0;

    /// The command did its work and found something that is not as it should be.
    public static final int FINDINGS = 1;

    /// The command was called wrongly.
    public static final int USAGE = 2;

    /// The input is malformed.
    public static final int MALFORMED = 3;

    /// Reading or writing failed.
    public static final int IO = 4;

    /// The tool itself is wrong.
    static final int BUG = 70;

    private ExitCode() {}
}
