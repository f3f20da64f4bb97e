// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.ram.GuestMemory;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The state of a machine in memory, to go back to: see [Machine#snapshot(MachineState)].
///
/// A state can be used again for another snapshot of the same machine. Its buffers are kept, and
/// only the pages of the memory that changed are copied, so that nothing is allocated. Which pages
/// changed is found by comparing, unless the memory has a record of its [dirty
/// pages][GuestMemory#dirtyPages()]. A state occupies as much memory as the guest has. Not
/// thread-safe.
public final class MachineState {
    private static final int END = 0;
    private static final int BODY = 1;

    private final WireWriter devices = WireWriter.toMemory();
    private List<SaveStateEntry> entries = List.of();
    private final List<MemoryCopy> memory = new ArrayList<>();
    private @Nullable SaveStateRegistry registry;
    private long registryVersion;
    private @Nullable WireReader reader;
    private byte @Nullable [] buffer;
    private boolean complete;

    /// Creates a state to be filled by [Machine#snapshot(MachineState)].
    public MachineState() {}

    /// The size of the state of the devices in bytes.
    public long deviceBytes() {
        return devices.position();
    }

    /// Saves the devices and the memory of a machine that is stopped.
    void take(SaveStateRegistry from) throws IOException {
        complete = false;
        if (registry != from || registryVersion != from.version()) {
            registry = null; // until all copies are allocated
            memory.clear();
            entries = from.entries();
            for (SaveStateEntry entry : entries) {
                if (entry.subject() instanceof Subject.Memory(GuestMemory guest)) {
                    memory.add(new MemoryCopy(guest));
                }
            }
            registry = from;
            registryVersion = from.version();
        }
        devices.clear();
        for (int i = 0; i < entries.size(); i++) {
            SaveStateEntry entry = entries.get(i);
            try {
                save(entry.subject());
            } catch (VMStateException e) {
                throw e.within(entry.label());
            }
        }
        for (int i = 0; i < memory.size(); i++) {
            memory.get(i).take();
        }
        complete = true;
    }

    private void save(Subject subject) throws IOException {
        switch (subject) {
            case Subject.Whole whole -> {
                if (whole.needed()) {
                    devices.u8(BODY);
                    whole.snapshot(devices);
                }
            }
            case Subject.Iterative(IterativeDevice device) -> {
                if (device.active()) {
                    try {
                        devices.u8(BODY);
                        device.setup(devices);
                        while (device.pending() != 0) {
                            devices.u8(BODY);
                            device.iterate(devices, Long.MAX_VALUE);
                        }
                        devices.u8(BODY);
                        device.complete(devices);
                    } catch (Throwable failure) {
                        Cleanup.of(List.of(device), failure);
                        throw failure;
                    }
                    device.cleanup();
                }
            }
            case Subject.Memory _ -> {}
        }
        devices.u8(END);
    }

    /// Throws if this is not a state of the machine's present devices.
    void check(SaveStateRegistry of) {
        if (!complete) {
            throw new IllegalStateException("the state contains no snapshot");
        }
        if (registry != of || registryVersion != of.version()) {
            throw new IllegalStateException(
                    "the state belongs to another machine, or to other devices of this one");
        }
    }

    /// Loads the memory and the devices of a machine that is stopped, after their reset hooks were
    /// called. Marks those as whole whose state was replaced.
    void restore() throws IOException {
        for (int i = 0; i < memory.size(); i++) {
            memory.get(i).restore();
        }
        WireReader in = reader();
        in.seek(0);
        for (int i = 0; i < entries.size(); i++) {
            SaveStateEntry entry = entries.get(i);
            try {
                boolean contained = load(entry.subject(), in);
                if (contained || entry.hasReset()) {
                    entry.markWhole();
                }
            } catch (VMStateException e) {
                throw e.within(entry.label());
            }
        }
    }

    /// Loads an entry; returns whether the state contains it.
    private static boolean load(Subject subject, WireReader in) throws IOException {
        boolean begun = false;
        while (in.u8() == BODY) {
            switch (subject) {
                case Subject.Whole whole -> whole.restore(in);
                case Subject.Iterative(IterativeDevice device) -> {
                    if (!begun) {
                        device.beforeLoad();
                    }
                    device.load(in, device.versionId());
                }
                case Subject.Memory _ ->
                        throw new IllegalStateException("memory among the devices");
            }
            begun = true;
        }
        return begun || subject instanceof Subject.Memory;
    }

    /// Returns a reader of the devices' bytes, which is reused as long as their buffer is the same.
    @SuppressWarnings("ReferenceEquality") // another array after the buffer grew
    private WireReader reader() {
        byte[] bytes = devices.buffer();
        WireReader known = reader;
        if (known == null || bytes != buffer) {
            known = WireReader.of(bytes, 0, OwnBytes.LIMITS);
            reader = known;
            buffer = bytes;
        }
        return known;
    }
}
