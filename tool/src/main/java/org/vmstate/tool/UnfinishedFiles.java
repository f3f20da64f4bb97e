// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.util.concurrent.locks.LockSupport;
import org.vmstate.internal.file.OutputFile;

/// The shutdown hook that removes the output files that an interrupted command did not complete.
///
/// From its start on the command says nothing any more: what fails then fails because the process
/// ends.
final class UnfinishedFiles extends Thread {
    private static boolean installed;
    private static volatile boolean ending;

    private UnfinishedFiles() {}

    /// Installs the hook, unless it is there.
    static synchronized void removeAtExit() {
        if (!installed) {
            Runtime.getRuntime().addShutdownHook(new UnfinishedFiles());
            installed = true;
        }
    }

    /// Waits for the end of the process, if it has begun to end.
    ///
    /// @param failure what a command failed with
    static void awaitEnd(Throwable failure) {
        while (ending || "Shutdown in progress".equals(failure.getMessage())) {
            LockSupport.park();
        }
    }

    @Override
    public void run() {
        ending = true;
        OutputFile.refuseFurther();
        OutputFile.removeUnfinished();
    }
}
