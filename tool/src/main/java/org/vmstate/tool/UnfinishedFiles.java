// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import org.vmstate.internal.file.OutputFile;

/// The shutdown hook that removes the output files that an interrupted command did not complete.
final class UnfinishedFiles extends Thread {
    private static boolean installed;

    private UnfinishedFiles() {}

    /// Installs the hook, unless it is there.
    static synchronized void removeAtExit() {
        if (!installed) {
            Runtime.getRuntime().addShutdownHook(new UnfinishedFiles());
            installed = true;
        }
    }

    @Override
    public void run() {
        OutputFile.removeUnfinished();
    }
}
