// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.vmstate.stream.Body;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireWriter;

/// The states of devices before a load, for the case that the load fails.
final class Undo {
    private final Map<SaveStateEntry, Section> saved = new LinkedHashMap<>();
    private final Deque<SaveStateEntry> changed = new ArrayDeque<>();

    /// Saves the state of a device, which does not change it.
    ///
    /// @throws RefusedException if the state cannot be saved
    void save(SaveStateEntry entry, Subject.Whole whole) throws IOException {
        if (saved.containsKey(entry)) {
            return;
        }
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
        saved.put(entry, new Section.Full(entry.sectionId(), identity, Body.of(out.toByteArray())));
    }

    /// Notes that a device is about to be changed.
    void changes(SaveStateEntry entry) {
        changed.push(entry);
    }

    /// Loads the saved states into the devices that were changed, the last one first. Returns
    /// whether all of them could be loaded; adds their exceptions to `failure`.
    boolean undo(ReadLimits limits, Exception failure) {
        boolean undone = true;
        while (!changed.isEmpty()) {
            SaveStateEntry entry = changed.pop();
            Section section = saved.get(entry);
            if (section == null || !(entry.subject() instanceof Subject.Whole whole)) {
                undone = false;
                continue;
            }
            try {
                whole.load(section, limits);
            } catch (IOException | RuntimeException e) {
                failure.addSuppressed(e);
                undone = false;
            }
        }
        return undone;
    }
}
