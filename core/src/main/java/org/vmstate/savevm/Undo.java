// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.vmstate.stream.Body;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireWriter;

/// The states of devices before a load, for the case that the load fails.
final class Undo {
    private final Map<SaveStateEntry, Copy> saved = new HashMap<>();
    private final Deque<Copy> changed = new ArrayDeque<>();

    /// The state of a device as a section.
    private record Copy(Subject.Whole device, Section.Full section) {}

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
        Body body = Body.of(out.toByteArray());
        saved.put(entry, new Copy(whole, new Section.Full(entry.sectionId(), identity, body)));
    }

    /// Notes that a device, which was saved, is about to be changed.
    void changes(SaveStateEntry entry) {
        changed.push(Objects.requireNonNull(saved.get(entry)));
    }

    /// Loads the saved states into the devices that were changed, the last one first. Returns
    /// whether all of them could be loaded; adds their exceptions to `failure`.
    boolean undo(ReadLimits limits, Exception failure) {
        boolean undone = true;
        while (!changed.isEmpty()) {
            Copy copy = changed.pop();
            try {
                copy.device().load(copy.section(), limits);
            } catch (IOException | RuntimeException e) {
                failure.addSuppressed(e);
                undone = false;
            }
        }
        return undone;
    }
}
