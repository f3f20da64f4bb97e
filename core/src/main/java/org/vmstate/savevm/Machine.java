// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDump;
import org.vmstate.internal.file.OutputFile;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.GuestMemoryLoader;
import org.vmstate.ram.PageSize;
import org.vmstate.ram.RamFormat;
import org.vmstate.vmdesc.JsonStyle;
import org.vmstate.wire.Progress;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The machine of an emulator, which is saved and loaded as a whole.
///
/// ```java
/// Machine machine =
///         Machine.builder("acme-board-1")
///                 .ram(GuestMemory.allocate(arena, Map.of("ram", 16L << 20)))
///                 .device("uart", Uart.VMSTATE, uart)
///                 .device("timer", Timer.VMSTATE, timer)
///                 .control(board)
///                 .build();
/// machine.save(path);
/// machine.load(path);
/// ```
///
/// # Loading
///
/// A load is done in two passes. The first one changes nothing: it finds the device of every
/// section, compares the configuration, checks the framing of all sections, the block list and the
/// records of the memory, and checks every body by its description. The second one loads the memory
/// and then the devices.
///
/// - If a stream is refused in the first pass, the machine is as before.
/// - If a device refuses its state in the second pass (an existence test or a count that only a
///   state can decide, a number that an enum does not have, a hook), all devices are put back from
///   copies that were saved before. If the stream has memory as well, the memory is already
///   replaced, and the machine has failed.
/// - A read error, or a page that cannot be decoded, in the second pass: the devices are as before,
///   and the machine has failed.
///
/// A machine that has [failed][#failed()] cannot be saved and is not resumed, until a load
/// succeeds. To put a device back, its description saves and loads it; hooks run as in any save and
/// load.
///
/// # Threads
///
/// Not thread-safe: one thread at a time saves, loads and registers devices. While a save or load
/// is in progress no other thread may change the devices or the memory: [MachineControl#stop()]
/// ensures that, or the emulator does, if the machine has no control.
///
/// QEMU: `qemu_savevm_state`, `qemu_loadvm_state`.
public final class Machine {
    private final SaveStateRegistry registry;
    private final MachineIdentity identity;
    private final StreamForm form;
    private final @Nullable MachineControl control;
    private final ReadLimits limits;
    private Progress progress = Progress.NONE;
    private boolean failed;

    private Machine(Builder builder) {
        this.registry = builder.registry;
        this.identity =
                new MachineIdentity(
                        builder.machineType,
                        builder.oldMachineTypes,
                        builder.pageSize,
                        builder.sendsPageBits,
                        builder.uuid);
        this.form = builder.form;
        this.control = builder.control;
        this.limits = builder.limits;
    }

    /// Returns a builder for a machine of a type, the name that a stream's configuration contains.
    public static Builder builder(String machineType) {
        return new Builder(machineType);
    }

    /// Builds a machine.
    public static final class Builder {
        private final String machineType;
        private final SaveStateRegistry registry = new SaveStateRegistry();
        private final Set<String> oldMachineTypes = new HashSet<>();
        private int pageSize = 4096;
        private boolean sendsPageBits;
        private StreamForm form = StreamForm.DEFAULT;
        private ReadLimits limits = ReadLimits.DEFAULT;
        private @Nullable UUID uuid;
        private @Nullable MachineControl control;

        private Builder(String machineType) {
            this.machineType = Objects.requireNonNull(machineType);
        }

        /// Adds a name under which streams are loaded as well, such as that of an older release.
        public Builder alias(String oldMachineType) {
            oldMachineTypes.add(oldMachineType);
            return this;
        }

        /// Sets the size of the target's pages; by default 4096 bytes.
        ///
        /// @throws IllegalArgumentException if it is not a power of two that a target has
        public Builder pageSize(int bytes) {
            if (!PageSize.possible(bytes)) {
                throw new IllegalArgumentException("pages of " + bytes + " bytes");
            }
            pageSize = bytes;
            return this;
        }

        /// Saves the page size in the configuration, as QEMU does for targets with several sizes.
        public Builder sendPageSize() {
            sendsPageBits = true;
            return this;
        }

        /// Sets the machine's UUID: it is saved, and streams with another one are refused. QEMU:
        /// the capability `validate-uuid`.
        public Builder uuid(UUID id) {
            uuid = Objects.requireNonNull(id);
            return this;
        }

        /// Sets the format of the memory: [RamFormat#PLAIN], which is the default, or
        /// [RamFormat#MAPPED_RAM].
        public Builder ramFormat(RamFormat format) {
            if (format != RamFormat.PLAIN && format != RamFormat.MAPPED_RAM) {
                throw new IllegalArgumentException("a machine's memory is not saved as " + format);
            }
            form = form.with(format);
            return this;
        }

        /// Writes the command [org.vmstate.stream.Command.SwitchoverStart] before the END sections,
        /// as QEMU does for machine types of 10.0 and newer. Streams load with and without it.
        public Builder sendSwitchoverStart() {
            form = form.withSwitchoverStart();
            return this;
        }

        /// Leaves the configuration out of the description text, as QEMU before 8.0 does.
        public Builder omitConfigurationText() {
            form = form.with(StreamForm.Text.DEVICES);
            return this;
        }

        /// Writes no description text, as QEMU's machines with the property `suppress-vmdesc` do.
        /// Such a stream loads like others, but tools cannot show its devices.
        public Builder omitDescription() {
            form = form.with(StreamForm.Text.NONE);
            return this;
        }

        /// Sets the format of the description text; by default [JsonStyle#COMPACT]. For another one
        /// the text is parsed and printed again, which takes time.
        public Builder descriptionStyle(JsonStyle style) {
            form = form.with(Objects.requireNonNull(style));
            return this;
        }

        /// Sets the limits for loading.
        public Builder limits(ReadLimits given) {
            limits = Objects.requireNonNull(given);
            return this;
        }

        /// Sets what stops and resumes the machine around a save or load.
        public Builder control(MachineControl given) {
            control = Objects.requireNonNull(given);
            return this;
        }

        /// Registers the guest's memory.
        public Builder ram(GuestMemory memory) {
            registry.register(memory, _ -> {});
            return this;
        }

        /// Registers the guest's memory with options, such as its section id.
        public Builder ram(
                GuestMemory memory, Consumer<? super SaveStateRegistry.Options> options) {
            registry.register(memory, options);
            return this;
        }

        /// Registers a device under the next free instance of its id string.
        public <T> Builder device(String idString, VMStateDescription<T> description, T state) {
            registry.register(idString, description, state, _ -> {});
            return this;
        }

        /// Registers a device under an instance.
        public <T> Builder device(
                String idString, long instanceId, VMStateDescription<T> description, T state) {
            registry.register(
                    idString, description, state, options -> options.instanceId(instanceId));
            return this;
        }

        /// Registers a device with options.
        public <T> Builder device(
                String idString,
                VMStateDescription<T> description,
                T state,
                Consumer<? super SaveStateRegistry.Options> options) {
            registry.register(idString, description, state, options);
            return this;
        }

        /// Registers a device whose state is captured and restored, such as a record.
        public <T> Builder memento(
                String idString,
                VMStateDescription<T> description,
                Supplier<T> capture,
                Consumer<T> restore) {
            registry.register(idString, description, capture, restore, _ -> {});
            return this;
        }

        /// Registers a device that its own code saves whole.
        public Builder opaque(String idString, OpaqueDevice device) {
            return opaque(idString, device, _ -> {});
        }

        /// Registers a device that its own code saves whole, with options.
        public Builder opaque(
                String idString,
                OpaqueDevice device,
                Consumer<? super SaveStateRegistry.Options> options) {
            registry.register(idString, device, options);
            return this;
        }

        /// Registers a device that is saved in pieces.
        public Builder iterative(String idString, IterativeDevice device) {
            registry.register(idString, device, _ -> {});
            return this;
        }

        /// Returns the machine. The builder must not be used afterwards.
        public Machine build() {
            return new Machine(this);
        }
    }

    /// The machine's devices.
    public SaveStateRegistry registry() {
        return registry;
    }

    /// Whether a load failed after the memory or a device was changed. A failed machine cannot be
    /// saved; the next load that succeeds ends this.
    public boolean failed() {
        return failed;
    }

    /// Sets the listener that is called while memory is saved, in the phase
    /// [Progress.Phase#OUTPUT].
    public Machine progress(Progress listener) {
        progress = Objects.requireNonNull(listener);
        return this;
    }

    /// Saves the machine to a file. The file appears when it is complete; if saving fails, a file
    /// that was there before is unchanged.
    ///
    /// @throws RefusedException if a blocker is registered, a device is unmigratable, or a device
    ///   refuses to be saved
    /// @throws IllegalStateException if the machine has failed
    public void save(Path file) throws IOException {
        try (OutputFile output = OutputFile.create(file)) {
            WireWriter out = WireWriter.to(output.channel());
            save(out);
            out.flush();
            output.commit();
        }
    }

    /// Returns the machine as the bytes of a stream.
    public byte[] save() throws IOException {
        WireWriter out = WireWriter.toMemory();
        save(out);
        return out.toByteArray();
    }

    /// Writes the machine as a stream to `out`, which the caller flushes. With mapped-ram the
    /// stream must begin at position 0 of its file.
    public void save(WireWriter out) throws IOException {
        checkSavable();
        whileStopped(
                () -> {
                    new MachineWriter(out, registry.entries(), form, identity.pageSize(), progress)
                            .write(identity.configuration(form.ramFormat()));
                    return true;
                });
    }

    /// Loads the machine from a file.
    public LoadReport load(Path file) throws IOException {
        try (WireReader in = WireReader.open(file, limits)) {
            return load(in);
        }
    }

    /// Loads the machine from the bytes of a stream.
    public LoadReport load(byte[] stream) throws IOException {
        return load(WireReader.of(stream, 0, limits));
    }

    /// Loads the machine from a stream that begins at the position of `in`.
    ///
    /// @throws UnsupportedException if the source is not memory or a file, because a stream is read
    ///   twice
    public LoadReport load(WireReader in) throws IOException {
        if (!in.seekable()) {
            throw new UnsupportedException(
                    "a machine is loaded from memory or a file, not from a pipe", in.position());
        }
        return whileStopped(() -> loadStopped(in));
    }

    private LoadReport loadStopped(WireReader in) throws IOException {
        List<StreamCheck.Piece> pieces = new StreamCheck(in, registry, identity).check();
        Set<SaveStateEntry> found = new HashSet<>();
        Undo undo = new Undo();
        for (StreamCheck.Piece piece : pieces) {
            found.add(piece.entry());
            if (piece.entry().subject() instanceof Subject.Whole whole) {
                undo.save(piece.entry(), whole);
            }
        }
        boolean inPlace = false;
        try {
            GuestMemoryLoader memory = null;
            Set<SaveStateEntry> begun = new HashSet<>();
            for (StreamCheck.Piece piece : pieces) {
                SaveStateEntry entry = piece.entry();
                switch (entry.subject()) {
                    case Subject.Whole whole -> {
                        undo.changes(entry);
                        whole.load(piece.section(), in.limits());
                    }
                    case Subject.Memory(GuestMemory guest) -> {
                        inPlace = true;
                        in.seek(piece.section().body().offset());
                        if (memory == null) {
                            memory = new GuestMemoryLoader(guest, identity.pageSize());
                        }
                        memory.load(in, piece.section().identity(), piece.context());
                    }
                    case Subject.Iterative(IterativeDevice device) -> {
                        inPlace = true;
                        in.seek(piece.section().body().offset());
                        if (begun.add(entry)) {
                            device.beforeLoad();
                        }
                        device.load(in, (int) piece.section().identity().versionId());
                    }
                }
            }
        } catch (IOException | RuntimeException e) {
            failed |= !undo.undo(in.limits(), e) || inPlace;
            throw e;
        }
        failed = false;
        return new LoadReport(registry.entries().stream().filter(e -> !found.contains(e)).toList());
    }

    /// Saves the machine in memory.
    public MachineState snapshot() throws IOException {
        MachineState state = new MachineState();
        snapshot(state);
        return state;
    }

    /// Saves the machine in memory, in a state that is used again: the snapshot that it contained
    /// is overwritten. A ring of states makes a history to rewind. If saving fails, the state
    /// contains no snapshot.
    public void snapshot(MachineState state) throws IOException {
        checkSavable();
        whileStopped(
                () -> {
                    state.take(registry);
                    return state;
                });
    }

    /// Goes back to a snapshot.
    ///
    /// If a device refuses its state (a hook), the machine has failed.
    ///
    /// @throws IllegalStateException if the state contains no snapshot, or if devices were
    ///   registered or unregistered since
    public void restore(MachineState state) throws IOException {
        state.check(registry);
        whileStopped(
                () -> {
                    try {
                        state.restore(limits);
                    } catch (IOException | RuntimeException e) {
                        failed = true;
                        throw e;
                    }
                    failed = false;
                    return state;
                });
    }

    private void checkSavable() throws RefusedException {
        if (failed) {
            throw new IllegalStateException("the last load of this machine failed; load again");
        }
        if (registry.isBlocked()) {
            throw new RefusedException(String.join("; ", registry.blockers()));
        }
    }

    /// Work on a machine that is stopped.
    private interface Work<R> {
        R run() throws IOException;
    }

    private <R> R whileStopped(Work<R> work) throws IOException {
        registry.begin();
        try {
            boolean wasRunning = control != null && control.running();
            if (control != null && wasRunning) {
                control.stop();
                control.flushDisks();
            }
            R result;
            try {
                result = work.run();
            } finally {
                if (control != null && wasRunning && !failed) {
                    control.resume();
                }
            }
            return result;
        } finally {
            registry.end();
        }
    }

    /// Returns the descriptions of all devices as JSON, in the format of QEMU's `-dump-vmstate`.
    /// Kept in a repository, it shows in a review which change breaks the loading of older states.
    public byte[] dump() {
        LinkedHashMap<String, VMStateDescription<?>> descriptions = new LinkedHashMap<>();
        for (SaveStateEntry entry : registry.entries()) {
            if (entry.subject() instanceof Subject.Described device) {
                descriptions.putIfAbsent(entry.idString(), device.description());
            }
        }
        return VMStateDump.of(identity.machineType(), descriptions);
    }

    @Override
    public String toString() {
        return identity.machineType() + " " + registry.entries();
    }
}
