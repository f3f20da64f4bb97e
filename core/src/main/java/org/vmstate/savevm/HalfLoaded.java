// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;

/// The registered objects that a failed load has left neither as they were nor as in the stream.
///
/// This is a property of the object and not of the machine that loaded it: several machines may
/// register the same objects, for example one for each release of a program that files are written
/// for. An object stays here until a load or a snapshot has replaced its state. Thread-safe.
final class HalfLoaded {
    private static final List<WeakReference<Object>> OBJECTS = new ArrayList<>();

    /// Whether there are any, so that a machine that was never damaged takes no lock.
    private static volatile boolean any;

    private HalfLoaded() {}

    /// Whether there is any such object in the process.
    static boolean any() {
        return any;
    }

    static void add(Object object) {
        synchronized (OBJECTS) {
            drop(object);
            OBJECTS.add(new WeakReference<>(object));
            any = true;
        }
    }

    static void remove(Object object) {
        if (any) {
            synchronized (OBJECTS) {
                drop(object);
                any = !OBJECTS.isEmpty();
            }
        }
    }

    /// Removes an object from the list, and those that no longer exist.
    private static void drop(Object object) {
        OBJECTS.removeIf(known -> known.refersTo(object) || known.refersTo(null));
    }

    static boolean contains(Object object) {
        if (!any) {
            return false;
        }
        synchronized (OBJECTS) {
            return OBJECTS.stream().anyMatch(known -> known.refersTo(object));
        }
    }
}
