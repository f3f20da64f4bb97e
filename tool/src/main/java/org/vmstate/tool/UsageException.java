// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

/// Thrown if the command line is wrong: exit code 2.
public final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    /// @param message a description of the error for the user
    public UsageException(String message) {
        super(message);
    }
}
