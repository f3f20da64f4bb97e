// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The `vmstate` command.
@Command(
        name = "vmstate",
        mixinStandardHelpOptions = true,
        version = "vmstate 0.1.0-SNAPSHOT",
        description = "Looks into QEMU's migration streams and suspended machines.")
public final class Main implements Runnable {
    private Main() {}

    /// Runs the command line and exits with its code.
    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }

    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }
}
