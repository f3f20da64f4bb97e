// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.nio.file.Path;

/// Thrown if the command line is wrong: exit code 2.
public final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    /// @param message a description of the error for the user
    public UsageException(String message) {
        super(message);
    }

    /// Checks that the name of an output file is not empty.
    ///
    /// @param option the option or parameter that contains the name
    static void checkName(Path file, String option) throws UsageException {
        if (file.toString().isEmpty()) {
            throw new UsageException(option + " needs the name of a file");
        }
    }
}
