// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.util.concurrent.locks.LockSupport;
import org.vmstate.internal.file.OutputFile;

/// A shutdown hook that deletes the output files of an interrupted command.
///
/// When it runs, the command prints nothing further: its failures are then caused by the end of the
/// process.
final class UnfinishedFiles extends Thread {
    private static boolean installed;
    private static volatile boolean ending;

    private UnfinishedFiles() {}

    /// Installs the hook once.
    static synchronized void removeAtExit() {
        if (!installed) {
            Runtime.getRuntime().addShutdownHook(new UnfinishedFiles());
            installed = true;
        }
    }

    /// Waits forever if the process is ending.
    ///
    /// @param failure the exception that ended the command
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
