// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// Calls [IterativeDevice#cleanup()] of the devices whose `setup` was called, of each one even if
/// others throw.
final class Cleanup {
    private Cleanup() {}

    /// Cleans up after saving has succeeded; throws the first exception, to which the others are
    /// added.
    static void of(Collection<IterativeDevice> devices) {
        Throwable first = all(devices, null);
        if (first instanceof RuntimeException e) {
            throw e;
        }
        if (first instanceof Error e) {
            throw e;
        }
    }

    /// Cleans up after saving has failed; adds all exceptions to the failure.
    static void of(Collection<IterativeDevice> devices, Throwable failure) {
        all(devices, failure);
    }

    private static @Nullable Throwable all(
            Collection<IterativeDevice> devices, @Nullable Throwable failure) {
        Throwable first = failure;
        for (IterativeDevice device : devices) {
            try {
                device.cleanup();
            } catch (Throwable e) {
                if (first == null) {
                    first = e;
                } else {
                    Undo.suppress(e, first);
                }
            }
        }
        return first;
    }
}
