// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.GuestMemoryLoader;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.wire.WireReader;

/// The second pass of a load: resets and loads the devices and the memory. If it fails, the devices
/// that are saved whole are put back.
final class MachineLoad {
    private final WireReader in;
    private final SaveStateRegistry registry;
    private final int pageSize;
    private final Undo undo = new Undo();

    /// The devices without a copy that were changed: the memory, iterative devices, and devices
    /// that an earlier load has left half loaded.
    private final Set<SaveStateEntry> inPlace = new HashSet<>();

    /// The iterative devices of which a section was loaded.
    private final Set<SaveStateEntry> begun = new HashSet<>();

    private @Nullable GuestMemoryLoader memory;

    MachineLoad(WireReader in, SaveStateRegistry registry, int pageSize) {
        this.in = in;
        this.registry = registry;
        this.pageSize = pageSize;
    }

    /// Loads the sections that the first pass has accepted.
    LoadReport load(List<StreamCheck.Piece> pieces) throws IOException {
        Set<SaveStateEntry> found = new HashSet<>();
        pieces.forEach(piece -> found.add(piece.entry()));
        List<SaveStateEntry> entries = registry.entries();
        for (SaveStateEntry entry : entries) {
            // What is half loaded is not worth a copy, and may not be savable.
            if (entry.subject() instanceof Subject.Whole whole
                    && (found.contains(entry) || entry.hasReset())
                    && !entry.isHalfLoaded()) {
                undo.save(entry, whole);
            }
        }
        try {
            for (SaveStateEntry entry : entries) {
                reset(entry);
            }
            for (StreamCheck.Piece piece : pieces) {
                load(piece);
            }
        } catch (Throwable failure) {
            undo.undo(failure);
            inPlace.forEach(SaveStateEntry::markHalfLoaded);
            throw failure;
        }
        for (SaveStateEntry entry : entries) {
            if (found.contains(entry) || entry.hasReset()) {
                entry.markWhole();
            }
        }
        return new LoadReport(entries.stream().filter(e -> !found.contains(e)).toList());
    }

    private void reset(SaveStateEntry entry) throws IOException {
        if (entry.hasReset()) {
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
        SectionIdentity identity = piece.section().identity();
        switch (entry.subject()) {
            case Subject.Whole whole -> {
                changes(entry);
                whole.load(piece.section(), in.limits());
            }
            case Subject.Memory(GuestMemory guest) -> {
                changes(entry);
                in.seek(piece.section().body().offset());
                GuestMemoryLoader loader = memory;
                if (loader == null) {
                    loader = new GuestMemoryLoader(guest, pageSize);
                    memory = loader;
                }
                loader.load(in, identity, piece.context());
            }
            case Subject.Iterative iterative -> {
                boolean first = begun.add(entry);
                changes(entry);
                in.seek(piece.section().body().offset());
                if (first) {
                    iterative.device().beforeLoad();
                }
                iterative.device().load(in, (int) identity.versionId());
            }
        }
    }
}
