// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import picocli.CommandLine.Option;

/// The option that has a command write what there is of a guest's memory.
final class PartialOption {
    @Option(
            names = "--partial",
            description =
                    "Write what there is even if memory is missing; zeros stand for the rest.")
    private boolean partial;

    /// Says what is missing, and whether nothing may be written for that reason.
    ///
    /// @throws UsageException if there is no memory at all
    boolean refuses(MissingReport missing, Terminal terminal) throws UsageException {
        if (missing.noMemory()) {
            throw new UsageException("no guest memory in this stream; see --memory");
        }
        missing.print(terminal);
        if (missing.complete() || partial) {
            return false;
        }
        terminal.complain("nothing is written; --partial writes what there is");
        return true;
    }
}
