// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

/// Says that a command was called wrongly: exit code 2.
public final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    /// @param message what is wrong, for the user
    public UsageException(String message) {
        super(message);
    }
}
