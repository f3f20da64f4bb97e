// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDump;
import org.vmstate.internal.file.MappedFile;
import org.vmstate.internal.file.OutputFile;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.GuestMemoryLoader;
import org.vmstate.ram.PageSize;
import org.vmstate.ram.RamFormat;
import org.vmstate.vmdesc.JsonStyle;
import org.vmstate.wire.Progress;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.RefusedException;
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
/// records of the memory, calls the `verify` methods of [IterativeDevice]s and [OpaqueDevice]s, and
/// checks every body that its description determines. Then every device that is saved whole and
/// will be changed is saved to memory. The second pass calls the [reset
/// hooks][SaveStateRegistry.Options#reset] and loads the sections in their order: first the memory
/// and then the devices, into the registered objects themselves.
///
/// What only a state can decide is not checked in the first pass. An existence test, a count that
/// is not sent, an array of pointers without markers and a file descriptor end the check of a body
/// at that field; a `validate`, a number that must equal that of the state, the number of an enum
/// and what a hook refuses are not evaluated. Such a body is loaded, and undone from the copies if
/// it is refused.
///
/// | refused | the devices | the memory and iterative devices | the machine |
/// |---|---|---|---|
/// | in the first pass, or while the copies are made | unchanged | unchanged | as before |
/// | in the second pass, before the first section of memory or of an iterative device | put back | unchanged | as before |
/// | in the second pass, later (a hook, a test, a read error, a page that cannot be decoded) | put back | in part replaced | [failed][#failed()] |
/// | and a device refuses its own copy, or its reset hook throws again | that device is half loaded | as above | [failed][#failed()] |
///
/// A device is put back as by any load: its reset hook is called, then its description loads the
/// copy, with all hooks. What the copy does not contain (a subsection that is not needed) gets the
/// value that the reset hook or `preLoad` gives it, and otherwise keeps what was loaded.
///
/// A machine that has [failed][#failed()] cannot be saved and is not resumed, until a load
/// succeeds.
///
/// # Exceptions of the emulator's code
///
/// | thrown by | what the methods of this class throw |
/// |---|---|
/// | a description's code (hooks, tests, accessors, [VMStateInfo]s, `needed`) | see [VMStateDescription] |
/// | `capture` and `restore` of a memento, an [OpaqueDevice], a reset hook | for a `RuntimeException`, a [RefusedException] that has it as its cause; an `IOException` unchanged |
/// | an [IterativeDevice], [GuestMemory], [MachineControl], [Progress] | the same exception |
/// | any of them: an `Error` | the same error |
///
/// An `Error`, such as a stack overflow in a hook, is handled like an exception: the devices are
/// put back, or the machine has failed. A machine that was running is resumed after an exception,
/// unless it has failed or [MachineControl#stop()] threw the exception. The registry can be used
/// again in any case.
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
    ///
    /// @throws IllegalArgumentException if it has more than 65535 bytes in UTF-8
    public static Builder builder(String machineType) {
        return new Builder(machineType);
    }

    /// Builds a machine.
    public static final class Builder {
        /// The longest machine type that a stream may contain.
        private static final int MAX_TYPE_BYTES = 0xffff;

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
            int bytes = machineType.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > MAX_TYPE_BYTES) {
                throw new IllegalArgumentException("a machine type of " + bytes + " bytes");
            }
            this.machineType = machineType;
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

    /// Whether a failed load has left a registered object half loaded: the memory, an iterative
    /// device, or a device that could not be put back. A failed machine cannot be saved and is not
    /// resumed, until a load or [#restore] has replaced the state of these objects.
    ///
    /// This belongs to the objects: another machine that has registered the same memory or the same
    /// state has failed as well, whichever of them loaded it.
    public boolean failed() {
        return registry.isHalfLoaded();
    }

    /// Sets the listener that is called while memory is saved, in the phase
    /// [Progress.Phase#OUTPUT].
    public Machine progress(Progress listener) {
        progress = Objects.requireNonNull(listener);
        return this;
    }

    /// Saves the machine to a file. The file appears when it is complete; if saving fails, or the
    /// process is killed, a file that was there before is unchanged.
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

    /// Writes the machine as a stream to `out`, which the caller flushes.
    ///
    /// @throws IllegalStateException if the machine has failed, or if the format is mapped-ram and
    ///   the writer is not at position 0, since the stream contains offsets in its file
    public void save(WireWriter out) throws IOException {
        checkSavable();
        if (form.ramFormat() == RamFormat.MAPPED_RAM && out.position() != 0) {
            throw new IllegalStateException("a stream with mapped-ram begins at position 0");
        }
        whileStopped(Machine::saveStopped, out);
    }

    private WireWriter saveStopped(WireWriter out) throws IOException {
        StateSaver.saveStopped(out, registry, form, identity, progress);
        return out;
    }

    /// Begins to save the machine while it runs: the steps of a live migration.
    ///
    /// @param memories creates what writes the memory
    /// @throws RefusedException if a blocker is registered or a device is unmigratable
    /// @throws IllegalStateException if the machine has failed, is being saved or loaded, or saves
    ///   its memory as mapped-ram
    public StateSaver saver(WireWriter out, StateSaver.MemorySavers memories)
            throws RefusedException {
        checkSavable();
        if (form.ramFormat() == RamFormat.MAPPED_RAM) {
            throw new IllegalStateException("memory in the format mapped-ram needs a file");
        }
        registry.begin();
        return new StateSaver(out, registry, form, identity, memories);
    }

    /// Begins to load the machine from a stream whose memory arrives while the machine at the other
    /// end runs: the steps of a live migration.
    ///
    /// @param memories creates what loads the memory
    /// @throws IllegalStateException if the machine is being saved or loaded
    public StateLoader loader(WireReader in, StateLoader.MemoryLoaders memories) {
        registry.begin();
        return new StateLoader(in, registry, identity, memories);
    }

    /// The size of the target's pages in bytes.
    public int pageSize() {
        return identity.pageSize();
    }

    /// The machine's UUID, if that was set.
    public Optional<UUID> uuid() {
        return Optional.ofNullable(identity.uuid());
    }

    /// What stops and resumes the machine, if that was set.
    public Optional<MachineControl> control() {
        return Optional.ofNullable(control);
    }

    /// The limits for loading.
    public ReadLimits limits() {
        return limits;
    }

    /// Loads the machine from a file, which may be a named pipe.
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
    /// A stream is read twice. So that of a pipe or socket is kept until it is loaded: in memory,
    /// or above [ReadLimits#maxRetainedBytes()] in a temporary file of at most
    /// [ReadLimits#maxTemporaryBytes()]. Afterwards, `in` may have read bytes that follow the
    /// stream.
    public LoadReport load(WireReader in) throws IOException {
        WireReader source = in.rereadable();
        try {
            return whileStopped(Machine::loadStopped, source);
        } finally {
            if (source != in) {
                source.close();
            }
        }
    }

    private LoadReport loadStopped(WireReader in) throws IOException {
        try {
            List<StreamCheck.Piece> pieces = new StreamCheck(in, registry, identity, null).check();
            return new MachineLoad(
                            in,
                            registry,
                            memory -> new GuestMemoryLoader(memory, identity.pageSize())::load)
                    .load(pieces);
        } catch (InternalError e) {
            throw MappedFile.fault(e); // the stream's file may have become shorter
        }
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
        whileStopped(Machine::snapshotStopped, state);
    }

    private MachineState snapshotStopped(MachineState state) throws IOException {
        state.take(registry);
        return state;
    }

    /// Goes back to a snapshot.
    ///
    /// The reset hooks are called first. If anything throws (a hook, a device, the memory), the
    /// machine has failed: there is no second copy of the devices.
    ///
    /// @throws IllegalStateException if the state contains no snapshot, or if devices were
    ///   registered or unregistered since
    public void restore(MachineState state) throws IOException {
        state.check(registry);
        whileStopped(Machine::restoreStopped, state);
    }

    private MachineState restoreStopped(MachineState state) throws IOException {
        try {
            registry.reset();
            state.restore();
        } catch (Throwable failure) {
            registry.markHalfLoaded();
            throw failure;
        }
        return state;
    }

    private void checkSavable() throws RefusedException {
        if (registry.isHalfLoaded()) {
            throw new IllegalStateException(
                    "the last load failed after it had changed "
                            + registry.entries().stream()
                                    .filter(SaveStateEntry::isHalfLoaded)
                                    .map(SaveStateEntry::label)
                                    .collect(Collectors.joining(", "))
                            + "; load again");
        }
        if (registry.isBlocked()) {
            throw new RefusedException(String.join("; ", registry.blockers()));
        }
    }

    /// Work on a machine that is stopped. It captures nothing, so that a snapshot allocates
    /// nothing.
    private interface Work<T, R> {
        R run(Machine machine, T subject) throws IOException;
    }

    private <T, R> R whileStopped(Work<T, R> work, T subject) throws IOException {
        registry.begin();
        try {
            if (control == null || !control.running()) {
                return work.run(this, subject);
            }
            control.stop();
            R result;
            try {
                control.flushDisks();
                result = work.run(this, subject);
            } catch (Throwable failure) {
                try {
                    resume(control);
                } catch (Throwable e) {
                    Undo.suppress(e, failure);
                }
                throw failure;
            }
            resume(control);
            return result;
        } finally {
            registry.end();
        }
    }

    private void resume(MachineControl stopped) {
        if (!registry.isHalfLoaded()) {
            stopped.resume();
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
