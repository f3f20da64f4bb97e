// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;
import org.vmstate.internal.format.SectionNames;
import org.vmstate.ram.GuestMemory;
import org.vmstate.wire.RefusedException;

/// The devices of a machine, in the order in which their sections are saved: by priority, and by
/// registration among devices of one priority.
///
/// Devices may be registered and unregistered (hot plug) at any time except while the machine is
/// saved or loaded, which is an `IllegalStateException`. Not thread-safe.
///
/// QEMU: `savevm_state`, `vmstate_register`, `register_savevm_live`, `migrate_add_blocker`.
public final class SaveStateRegistry {
    /// The longest id string, in bytes of UTF-8.
    private static final int MAX_ID_BYTES = 255;

    private static final long MAX_U32 = 0xffff_ffffL;

    private final List<SaveStateEntry> entries = new ArrayList<>();
    private final List<Blocker> blockers = new CopyOnWriteArrayList<>();
    private long nextSectionId;
    private long version;
    private volatile boolean busy;

    /// A reason why the machine cannot be saved at present.
    public static final class Blocker {
        private final String reason;

        private Blocker(String reason) {
            this.reason = reason;
        }

        /// The reason, for people.
        public String reason() {
            return reason;
        }
    }

    /// Creates an empty registry.
    public SaveStateRegistry() {}

    /// Properties of a registration that have defaults. Given to a function by the `register`
    /// methods.
    public static final class Options {
        private @Nullable Long instanceId;
        private @Nullable Long sectionId;
        private @Nullable Integer saveVersion;
        private @Nullable Runnable reset;
        private final List<SaveStateEntry.Alias> aliases = new ArrayList<>();

        private Options() {}

        /// Sets the instance; by default it is the next free one of the id string, from 0 on.
        public Options instanceId(long instance) {
            instanceId = u32(instance, "instance");
            return this;
        }

        /// Sets the section id; by default it is the number of devices registered before.
        public Options sectionId(long id) {
            sectionId = u32(id, "section id");
            return this;
        }

        /// Sets the version that is saved, for a program that does not support newer ones: one from
        /// the description's minimum version on. By default it is the description's version.
        /// Loading still accepts every version of the description, and snapshots in memory contain
        /// the whole state. Only for devices with a description. A value that the version does not
        /// have is lost, unless the description's
        /// [test][org.vmstate.VMStateDescriptionBuilder#savableAt] refuses to save it.
        public Options saveVersion(int versionId) {
            saveVersion = versionId;
            return this;
        }

        /// Sets a hook that brings the device to its state after power-on. Each load, and each
        /// [Machine#restore], calls the hooks of all devices before it loads the first one. So
        /// everything that a stream does not contain has a defined value: a device without a
        /// section, a subsection that was not needed, the fields of newer versions.
        ///
        /// The hook must not change any other device. If it throws, the load is refused and the
        /// devices are put back. It is also called to put the device back. A hook of the memory or
        /// of an iterative device changes what cannot be put back, so a load that fails after it
        /// leaves the machine failed.
        ///
        /// QEMU: `qemu_system_reset` before `qemu_loadvm_state`.
        public Options reset(Runnable hook) {
            reset = Objects.requireNonNull(hook);
            return this;
        }

        /// Adds a name under which older streams contain the device, as instance 0.
        public Options alias(String idString) {
            return alias(idString, 0);
        }

        /// Adds an identity under which older streams contain the device.
        public Options alias(String idString, long instance) {
            aliases.add(new SaveStateEntry.Alias(checkedId(idString), u32(instance, "instance")));
            return this;
        }

        private static long u32(long value, String what) {
            if (value < 0 || value > MAX_U32) {
                throw new IllegalArgumentException(what + " " + value + " is not 0..0xffffffff");
            }
            return value;
        }
    }

    /// Registers a device: its state is the object `state`, which is saved from and loaded into.
    ///
    /// @throws IllegalArgumentException if the identity, an alias or the section id is in use, if
    ///   the state is a record, or if an option is out of range
    public <T> SaveStateEntry register(
            String idString,
            VMStateDescription<T> description,
            T state,
            Consumer<? super Options> options) {
        if (state instanceof Record) {
            throw new IllegalArgumentException(
                    idString + ": a record cannot be loaded into; register a memento");
        }
        return add(idString, new Subject.Living<>(description, state), options);
    }

    /// Registers a device whose state is captured when it is saved, and given back when it is
    /// loaded. The state may be a record.
    ///
    /// @param capture returns the present state
    /// @param restore takes a state that was loaded; it must not throw
    public <T> SaveStateEntry register(
            String idString,
            VMStateDescription<T> description,
            Supplier<T> capture,
            Consumer<T> restore,
            Consumer<? super Options> options) {
        return add(idString, new Subject.Memento<>(description, capture, restore), options);
    }

    /// Registers a device that its own code saves whole.
    public SaveStateEntry register(
            String idString, OpaqueDevice device, Consumer<? super Options> options) {
        return add(idString, new Subject.Opaque(device), options);
    }

    /// Registers a device that is saved in pieces.
    public SaveStateEntry register(
            String idString, IterativeDevice device, Consumer<? super Options> options) {
        return add(idString, new Subject.Iterative(device), options);
    }

    /// Registers the guest's memory, under the name `ram`.
    ///
    /// @throws IllegalArgumentException if there is memory already
    public SaveStateEntry register(GuestMemory memory, Consumer<? super Options> options) {
        return add(SectionNames.RAM, new Subject.Memory(memory), options);
    }

    /// Removes a device.
    public void unregister(SaveStateEntry entry) {
        checkIdle();
        if (!entries.remove(entry)) {
            throw new IllegalArgumentException(entry + " is not registered");
        }
        version++;
    }

    /// Prevents the machine from being saved until [#unblock] is called. Both methods may be called
    /// by any thread. A live migration that is under way fails when it would stop the machine.
    public Blocker block(String reason) {
        Blocker blocker = new Blocker(reason);
        blockers.add(blocker);
        return blocker;
    }

    /// Removes a blocker.
    public void unblock(Blocker blocker) {
        blockers.remove(blocker);
    }

    /// Returns the reasons why the machine cannot be saved at present: blockers, and devices with
    /// an unmigratable description.
    public List<String> blockers() {
        List<String> reasons = new ArrayList<>();
        blockers.forEach(blocker -> reasons.add(blocker.reason()));
        for (SaveStateEntry entry : entries) {
            if (isUnmigratable(entry)) {
                reasons.add("State blocked by non-migratable device '" + entry.idString() + "'");
            }
        }
        return reasons;
    }

    /// Whether [#blockers] is not empty.
    boolean isBlocked() {
        if (!blockers.isEmpty()) {
            return true;
        }
        for (int i = 0; i < entries.size(); i++) {
            if (isUnmigratable(entries.get(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isUnmigratable(SaveStateEntry entry) {
        return entry.subject() instanceof Subject.Whole whole && whole.unmigratable();
    }

    /// Returns the devices in the order of their sections.
    public List<SaveStateEntry> entries() {
        return List.copyOf(entries);
    }

    /// Returns the device that a section of this identity belongs to: it is the identity or an
    /// alias of at most one device.
    public Optional<SaveStateEntry> find(String idString, long instanceId) {
        return entries.stream().filter(entry -> entry.isCalled(idString, instanceId)).findFirst();
    }

    /// Whether a failed load has left the object of a device half loaded.
    boolean isHalfLoaded() {
        if (!HalfLoaded.any()) {
            return false;
        }
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).isHalfLoaded()) {
                return true;
            }
        }
        return false;
    }

    /// Notes that a failure has left all objects half loaded.
    void markHalfLoaded() {
        entries.forEach(SaveStateEntry::markHalfLoaded);
    }

    /// Calls the reset hooks of all devices.
    void reset() throws RefusedException {
        for (int i = 0; i < entries.size(); i++) {
            entries.get(i).reset();
        }
    }

    /// A number that changes when devices are registered or unregistered.
    long version() {
        return version;
    }

    /// Marks the registry as in use by a save or load.
    void begin() {
        checkIdle();
        busy = true;
    }

    /// Ends the use.
    void end() {
        busy = false;
    }

    private SaveStateEntry add(
            String idString, Subject subject, Consumer<? super Options> configure) {
        checkIdle();
        checkedId(idString);
        Options options = new Options();
        configure.accept(options);
        if (subject instanceof Subject.Memory == !idString.equals(SectionNames.RAM)) {
            throw new IllegalArgumentException("the name ram is for the guest's memory");
        }
        long instance = options.instanceId != null ? options.instanceId : nextInstance(idString);
        long sectionId = options.sectionId != null ? options.sectionId : nextSectionId;
        checkFree(idString, Options.u32(instance, "instance"));
        options.aliases.forEach(alias -> checkFree(alias.idString(), alias.instanceId()));
        for (SaveStateEntry entry : entries) {
            if (entry.sectionId() == sectionId) {
                throw new IllegalArgumentException(
                        "section id %d is that of %s".formatted(sectionId, entry.label()));
            }
        }
        SaveStateEntry entry =
                new SaveStateEntry(
                        idString,
                        instance,
                        Options.u32(sectionId, "section id"),
                        savedVersion(idString, subject, options),
                        options.aliases,
                        subject,
                        options.reset);
        nextSectionId = Math.max(nextSectionId, entry.sectionId() + 1);
        entries.add(entry);
        version++;
        entries.sort(Comparator.comparing(SaveStateEntry::priority).reversed());
        return entry;
    }

    private void checkFree(String idString, long instance) {
        if (find(idString, instance).isPresent()) {
            throw new IllegalArgumentException(
                    "%s (instance %d) is registered".formatted(idString, instance));
        }
    }

    private static int savedVersion(String idString, Subject subject, Options options) {
        Integer version = options.saveVersion;
        if (version == null) {
            return subject.versionId();
        }
        if (!(subject instanceof Subject.Whole whole)) {
            throw new IllegalArgumentException(
                    idString + ": only a device with a description is saved at another version");
        }
        int minimum = whole.minimumVersionId();
        if (version < minimum || version > whole.versionId()) {
            throw new IllegalArgumentException(
                    "%s: version %d cannot be saved, only %d..%d"
                            .formatted(idString, version, minimum, whole.versionId()));
        }
        return version;
    }

    private long nextInstance(String idString) {
        return entries.stream()
                .filter(entry -> entry.idString().equals(idString))
                .mapToLong(entry -> entry.instanceId() + 1)
                .max()
                .orElse(0);
    }

    private static String checkedId(String idString) {
        int bytes = idString.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > MAX_ID_BYTES) {
            throw new IllegalArgumentException(
                    "an id string has 1 to 255 bytes, not " + bytes + ": " + idString);
        }
        return idString;
    }

    private void checkIdle() {
        if (busy) {
            throw new IllegalStateException("the machine is being saved or loaded");
        }
    }
}
