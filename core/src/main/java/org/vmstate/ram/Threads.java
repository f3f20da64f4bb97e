// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.Collection;

/// Waits for threads.
final class Threads {
    private Threads() {}

    /// Waits until all threads have ended, also if the current one is interrupted; its interrupt
    /// status remains set.
    static void join(Collection<Thread> threads) {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
