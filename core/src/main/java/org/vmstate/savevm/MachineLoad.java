// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.ram.GuestMemory;
import org.vmstate.stream.SectionHandler;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamContext;
import org.vmstate.wire.WireReader;

/// Resets and loads the devices and the memory: in the second pass of a load, or, in a live
/// migration, the memory and the iterative devices as they arrive and the other devices at the end.
/// If it fails, the devices that are saved whole are put back.
final class MachineLoad {
    private final WireReader in;
    private final SaveStateRegistry registry;
    private final MemoryLoaders memories;
    private final Undo undo = new Undo();

    /// The devices of which the stream contains a section.
    private final Set<SaveStateEntry> found = new HashSet<>();

    /// The devices without a copy that were changed: the memory, iterative devices, and devices
    /// that an earlier load has left half loaded.
    private final Set<SaveStateEntry> inPlace = new HashSet<>();

    /// The devices whose reset hook was called.
    private final Set<SaveStateEntry> reset = new HashSet<>();

    /// The memory and the iterative devices of which a section was loaded.
    private final Set<SaveStateEntry> begun = new HashSet<>();

    private @Nullable SectionHandler memory;

    /// Creates what loads the bodies of a memory's sections.
    interface MemoryLoaders {
        SectionHandler of(GuestMemory memory) throws IOException;
    }

    MachineLoad(WireReader in, SaveStateRegistry registry, MemoryLoaders memories) {
        this.in = in;
        this.registry = registry;
        this.memories = memories;
    }

    /// Loads the sections that were read before.
    LoadReport load(List<StreamCheck.Piece> pieces) throws IOException {
        pieces.forEach(piece -> found.add(piece.entry()));
        List<SaveStateEntry> entries = registry.entries();
        try {
            for (SaveStateEntry entry : entries) {
                // What is half loaded is not worth a copy, and may not be savable.
                if (entry.subject() instanceof Subject.Whole whole
                        && (found.contains(entry) || entry.hasReset())
                        && !entry.isHalfLoaded()) {
                    undo.save(entry, whole);
                }
            }
            for (SaveStateEntry entry : entries) {
                reset(entry);
            }
            for (StreamCheck.Piece piece : pieces) {
                load(piece);
            }
        } catch (Throwable failure) {
            undo.undo(failure);
            abandon();
            throw failure;
        }
        for (SaveStateEntry entry : entries) {
            if (found.contains(entry) || entry.hasReset()) {
                entry.markWhole();
            }
        }
        return new LoadReport(entries.stream().filter(e -> !found.contains(e)).toList());
    }

    /// Gives up a load: what was changed without a copy is half loaded.
    void abandon() {
        inPlace.forEach(SaveStateEntry::markHalfLoaded);
    }

    /// Loads the body at the position of the reader. Before the first one, resets the memory and
    /// the iterative devices.
    void body(
            SaveStateEntry entry, WireReader from, SectionIdentity identity, StreamContext context)
            throws IOException {
        SectionHandler pages = memory;
        if (pages != null && entry.subject() instanceof Subject.Memory) {
            // In postcopy, at the same time as another thread loads the devices.
            pages.consume(from, identity, context);
            return;
        }
        found.add(entry);
        if (begun.isEmpty()) {
            for (SaveStateEntry other : registry.entries()) {
                if (!(other.subject() instanceof Subject.Whole)) {
                    reset(other);
                }
            }
        }
        boolean first = begun.add(entry);
        switch (entry.subject()) {
            case Subject.Whole _ -> throw new IllegalStateException(entry + " is saved whole");
            case Subject.Memory(GuestMemory guest) -> {
                changes(entry);
                SectionHandler loader = memory;
                if (loader == null) {
                    loader = memories.of(guest);
                    memory = loader;
                }
                loader.consume(from, identity, context);
            }
            case Subject.Iterative(IterativeDevice device) -> {
                StreamCheck.checkVersion(device, identity, from.position());
                changes(entry);
                if (first) {
                    device.beforeLoad();
                }
                device.load(from, (int) identity.versionId());
            }
        }
    }

    private void reset(SaveStateEntry entry) throws IOException {
        if (entry.hasReset() && reset.add(entry)) {
            changes(entry);
            entry.reset();
        }
    }

    private void changes(SaveStateEntry entry) {
        if (!undo.changes(entry)) {
            inPlace.add(entry);
        }
    }

    private void load(StreamCheck.Piece piece) throws IOException {
        SaveStateEntry entry = piece.entry();
        if (entry.subject() instanceof Subject.Whole whole) {
            changes(entry);
            whole.load(piece.section(), in.limits());
        } else {
            in.seek(piece.section().body().offset());
            body(entry, in, piece.section().identity(), piece.context());
        }
    }
}
