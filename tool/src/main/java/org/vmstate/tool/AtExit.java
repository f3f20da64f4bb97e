// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Closes what must not outlive the process if a command is interrupted: socket files, changed
/// settings of a QEMU.
final class AtExit {
    private static final Set<AutoCloseable> OPEN = ConcurrentHashMap.newKeySet();
    private static boolean installed;

    private AtExit() {}

    /// Closes a resource when the process ends, unless it was forgotten. Closing it again must have
    /// no effect.
    static synchronized void close(AutoCloseable resource) {
        OPEN.add(resource);
        if (!installed) {
            installed = true;
            Runtime.getRuntime().addShutdownHook(new Thread(AtExit::closeAll));
        }
    }

    /// Called when a resource has been closed.
    static void forget(AutoCloseable resource) {
        OPEN.remove(resource);
    }

    private static void closeAll() {
        for (AutoCloseable resource : OPEN) {
            try {
                resource.close();
            } catch (Exception e) {
                // The process is ending, so the failure cannot be reported.
            }
        }
    }
}
