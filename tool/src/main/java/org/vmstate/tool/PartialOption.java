// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import picocli.CommandLine.Option;

/// The option with which a command writes a guest's memory although some is missing.
final class PartialOption {
    @Option(
            names = "--partial",
            description =
                    "Write the output even if memory is missing; missing memory becomes zeros.")
    private boolean partial;

    /// Prints what is missing; returns whether nothing may be written because of it.
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
        terminal.message("nothing is written; --partial writes zeros for missing memory");
        return true;
    }
}
