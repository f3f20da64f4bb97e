// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.vmstate.stream.Body;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireWriter;

/// The states of devices before a load, for the case that the load fails.
final class Undo {
    private final Map<SaveStateEntry, Copy> saved = new HashMap<>();
    private final Set<SaveStateEntry> changed = new HashSet<>();
    private final Deque<SaveStateEntry> order = new ArrayDeque<>();

    /// The state of a device as a section.
    private record Copy(Subject.Whole device, Section.Full section) {}

    /// Saves the state of a device, which does not change it.
    ///
    /// @throws RefusedException if the state cannot be saved
    void save(SaveStateEntry entry, Subject.Whole whole) throws IOException {
        WireWriter out = WireWriter.toMemory();
        try {
            whole.save(out, null);
        } catch (VMStateException e) {
            RefusedException refused =
                    new RefusedException(
                            "the present state cannot be saved, so a load could not be undone: "
                                    + e.getMessage());
            refused.initCause(e);
            throw refused.within(entry.label());
        }
        SectionIdentity identity =
                new SectionIdentity(entry.idString(), entry.instanceId(), whole.versionId());
        Body body = Body.of(out.toByteArray());
        saved.put(entry, new Copy(whole, new Section.Full(entry.sectionId(), identity, body)));
    }

    /// Notes that a device is about to be changed; returns whether it was saved.
    boolean changes(SaveStateEntry entry) {
        if (!saved.containsKey(entry)) {
            return false;
        }
        if (changed.add(entry)) {
            order.push(entry);
        }
        return true;
    }

    /// Loads the saved states into the devices that were changed, the last one first. Devices with
    /// a reset hook are reset before, all of them before the first one is loaded. Marks the devices
    /// that could not be put back, and adds their exceptions to `failure`.
    void undo(Throwable failure) {
        Set<SaveStateEntry> lost = new HashSet<>();
        List<SaveStateEntry> entries = new ArrayList<>(order);
        for (SaveStateEntry entry : entries) {
            if (entry.hasReset()) {
                attempt(entry, entry::reset, lost, failure);
            }
        }
        for (SaveStateEntry entry : entries) {
            Copy copy = Objects.requireNonNull(saved.get(entry));
            attempt(
                    entry,
                    () -> copy.device().load(copy.section(), OwnBytes.LIMITS),
                    lost,
                    failure);
        }
        lost.forEach(SaveStateEntry::markHalfLoaded);
    }

    /// A step of putting a device back.
    private interface Step {
        void run() throws IOException;
    }

    @SuppressWarnings("ReferenceEquality") // an exception cannot be suppressed by itself
    private static void attempt(
            SaveStateEntry entry, Step step, Set<SaveStateEntry> lost, Throwable failure) {
        try {
            step.run();
        } catch (Throwable e) {
            lost.add(entry);
            suppress(e, failure);
        }
    }

    /// Adds an exception that is thrown after a failure to it.
    @SuppressWarnings("ReferenceEquality") // code may throw the same object twice
    static void suppress(Throwable later, Throwable failure) {
        if (later != failure) {
            failure.addSuppressed(later);
        }
    }
}
