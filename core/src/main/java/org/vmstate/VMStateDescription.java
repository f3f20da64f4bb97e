// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.access.MemoryBinder;
import org.vmstate.internal.access.ObjectBinder;
import org.vmstate.internal.codec.Codec;
import org.vmstate.internal.layout.Declaration;
import org.vmstate.internal.layout.DeclarationText;
import org.vmstate.internal.plan.PlanVerifier;
import org.vmstate.internal.plan.Refusals;
import org.vmstate.stream.Body;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.VersionTooNewException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The declaration of a device's state: its fields in wire order, its versions, its subsections and
/// its hooks.
///
/// A description is immutable; one instance serves all objects of its type and all threads:
///
/// ```java
/// static final VMStateDescription<Timer> VMSTATE =
///     VMStateDescription.builder("timer", Timer.class, MethodHandles.lookup())
///         .versionId(2).minimumVersionId(1)
///         .fields(int64("cpu_ticks_offset"), int64("cpu_clock_offset").sinceVersion(2))
///         .build();
/// ```
///
/// ```
/// body       := field* subsection*          fields that exist at the version, in order, no padding
/// subsection := 0x05 u8 n name[n] u32 version body
/// ```
///
/// A body does not contain its length: only its description determines where it ends. When loading,
/// a byte 0x05 after the fields, followed by a name that begins with the description's name, starts
/// a subsection. An unknown subsection is an error. With any other name, the bytes are left in the
/// reader. If the input ends after the last field, the body has no subsections, whatever the
/// source.
///
/// A reader over a channel waits for one byte after the body, or for the end of the channel,
/// because a subsection may follow; in a stream that byte is the section's footer or the next
/// section. A description without subsections does not wait, nor does a structure without
/// subsections that is its last field: only an unknown subsection could follow them. It is an error
/// if its name has already arrived; otherwise its bytes are left in the reader. A program that
/// declares subsections and keeps the connection open should send the length of the body first and
/// load from [WireReader#bytes(int)].
///
/// # Errors
///
/// | wrong | thrown |
/// |---|---|
/// | the bytes | a [VMStateException] with path and offset |
/// | the state: a check failed, a null or another class than declared, a number that does not fit | [org.vmstate.wire.RefusedException] with path; while loading, with the offset |
/// | an exception of the state's own code: an accessor, count, test, `needed`, hook, collection, comparator, factory, record's constructor or [VMStateInfo] | [org.vmstate.wire.RefusedException] that has it as its cause |
/// | the source or target of the bytes | its `IOException`, unchanged |
/// | an argument: a version that cannot be saved, a record to load into | `IllegalArgumentException`, `NullPointerException` |
///
/// An `IOException` thrown by a hook is treated as an exception of the state's code, one thrown by
/// a [VMStateInfo] as an exception of the stream. An `Error` is thrown unchanged. For an exception
/// of the state's code, the reported offset is that of the number being set, if there is one, or
/// the position of the reader.
///
/// After an error, a state contains the values loaded so far; queues, lists and trees contain
/// complete elements only. A writer contains the beginning of a body, which cannot be loaded.
///
/// # Threads
///
/// A description may be used by any number of threads; a state, a reader and a writer by one at a
/// time. The caller must prevent other threads from changing a state while it is saved or loaded.
/// If a state changes during a save, the body may mix old and new values, or may not load (a count
/// of 3 before an array of 2), or the save fails with a [org.vmstate.wire.RefusedException] if the
/// change is detected, for example by a `ConcurrentModificationException`.
///
/// QEMU: `VMStateDescription`, `vmstate_save_state`, `vmstate_load_state`.
///
/// @param <T> the type of the states
public final class VMStateDescription<T> {
    private final Layout layout;
    private final Codec codec;
    private final MigrationPriority priority;
    private final boolean earlySetup;
    private final @Nullable BiPredicate<Object, Integer> savableAt;

    VMStateDescription(
            Layout layout,
            MigrationPriority priority,
            boolean earlySetup,
            @Nullable BiPredicate<Object, Integer> savableAt) {
        this.layout = layout;
        this.codec = new Codec(layout);
        this.priority = priority;
        this.earlySetup = earlySetup;
        this.savableAt = savableAt;
    }

    /// Returns a builder for a description of a class or record, whose members are accessed through
    /// `lookup`.
    public static <T> VMStateDescriptionBuilder<T> builder(
            String name, Class<T> type, MethodHandles.Lookup lookup) {
        return new VMStateDescriptionBuilder<>(name, new ObjectBinder(type, lookup));
    }

    /// Returns a builder for a description of structures in native memory, whose members are those
    /// of the layout. Loading allocates memory only through the factories of structs and queue
    /// elements.
    public static VMStateDescriptionBuilder<MemorySegment> builder(
            String name, StructLayout memory) {
        return new VMStateDescriptionBuilder<>(name, new MemoryBinder(memory, null));
    }

    /// Returns a builder for a description of structures in native memory; memory that loading
    /// allocates comes from `allocator`.
    public static VMStateDescriptionBuilder<MemorySegment> builder(
            String name, StructLayout memory, SegmentAllocator allocator) {
        return new VMStateDescriptionBuilder<>(name, new MemoryBinder(memory, allocator));
    }

    /// Returns the name in a stream's description; the name of a subsection is also on the wire.
    public String name() {
        return layout.name();
    }

    /// Returns the version that is saved, which is also the newest that can be loaded.
    public int versionId() {
        return layout.version();
    }

    /// Returns the oldest version that can be loaded.
    public int minimumVersionId() {
        return layout.minimumVersion();
    }

    /// Returns whether a device of this type prevents migration; saving it is refused.
    public boolean unmigratable() {
        return layout.unmigratable();
    }

    /// Returns the priority that orders the device's section among those of other devices.
    public MigrationPriority priority() {
        return priority;
    }

    /// Returns whether the section is sent during the setup of a migration, before any RAM.
    public boolean earlySetup() {
        return earlySetup;
    }

    /// Returns whether the state of an optional section or subsection must be sent.
    public boolean needed(T state) {
        Objects.requireNonNull(state);
        return layout.hooks().needed() == null || layout.hooks().needed().test(state);
    }

    /// Writes the body of a state at the current version.
    public void save(WireWriter writer, T state) throws IOException {
        save(writer, state, null);
    }

    /// Writes the body of a state at the current version and describes it in the object that is
    /// open in `vmdesc`: `vmsd_name`, `version`, `fields` and, if any are sent, `subsections`.
    public void save(WireWriter writer, T state, @Nullable VmDescWriter vmdesc) throws IOException {
        Objects.requireNonNull(writer, "writer");
        Objects.requireNonNull(state, "state");
        checkWhole();
        try {
            codec.save(writer, state, vmdesc);
        } catch (Exception e) {
            throw Refusals.within(e, VMStateException.NO_OFFSET, name());
        }
    }

    /// Writes the body of a state at a version from [#minimumVersionId()] to [#versionId()], for a
    /// program that does not support a newer one. Only the fields of that version are written, and
    /// existence tests receive that version; subsections are written at their current version. The
    /// section's header must contain the same version. Any other version is an
    /// `IllegalArgumentException`. Values that the version does not have are lost, unless
    /// [VMStateDescriptionBuilder#savableAt] refuses that.
    public void save(WireWriter writer, T state, int versionId) throws IOException {
        save(writer, state, versionId, null);
    }

    /// Writes the body of a state at a version and describes it in the object that is open in
    /// `vmdesc`.
    public void save(WireWriter writer, T state, int versionId, @Nullable VmDescWriter vmdesc)
            throws IOException {
        Objects.requireNonNull(writer, "writer");
        Objects.requireNonNull(state, "state");
        checkWhole();
        if (versionId < minimumVersionId() || versionId > versionId()) {
            throw new IllegalArgumentException(
                    "%s: version %d cannot be saved, only %d..%d"
                            .formatted(name(), versionId, minimumVersionId(), versionId()));
        }
        try {
            if (savableAt != null && versionId < versionId() && !savableAt.test(state, versionId)) {
                throw new RefusedException("version " + versionId + " cannot represent the state");
            }
            codec.saveAt(writer, state, versionId, vmdesc);
        } catch (Exception e) {
            throw Refusals.within(e, VMStateException.NO_OFFSET, name());
        }
    }

    /// Reads a body of the given version into a state. Throws `IllegalArgumentException` if the
    /// state is a record, which cannot be modified: use [#load(WireReader, Supplier, int)], which
    /// returns a new one.
    public void load(WireReader reader, T state, int versionId) throws IOException {
        checkFillable(state);
        try {
            codec.load(reader, state, versionId);
        } catch (Exception e) {
            throw refusal(e, reader, name());
        }
    }

    /// Reads a body of the given version into a new state created by `factory`. A record is created
    /// by its constructor, and the factory is not called. To load a section of a stream, use
    /// [#load(Section, Supplier, ReadLimits)].
    public T load(WireReader reader, Supplier<? extends T> factory, int versionId)
            throws IOException {
        Objects.requireNonNull(reader, "reader");
        Objects.requireNonNull(factory, "factory");
        checkWhole();
        try {
            return made(reader, factory, versionId);
        } catch (Exception e) {
            throw refusal(e, reader, name());
        }
    }

    /// Reads the whole body of a section, at the version in its header, into a new state.
    ///
    /// Throws [CorruptException] if bytes are left after the last field. The path of every error
    /// begins with the section's name and instance.
    ///
    /// @param factory creates the object to load into; not called for a record
    public T load(Section section, Supplier<? extends T> factory, ReadLimits limits)
            throws IOException {
        Objects.requireNonNull(factory);
        checkWhole();
        List<T> made = new ArrayList<>(1);
        section(section, limits, (reader, version) -> made.add(made(reader, factory, version)));
        return made.getFirst();
    }

    /// Reads a body like [#load(WireReader, T, int)] into a state that may have been in use:
    /// queues, lists and trees lose their elements before they are read. [#load(WireReader, T,
    /// int)] adds to them, as QEMU does.
    public void reload(WireReader reader, T state, int versionId) throws IOException {
        checkFillable(state);
        try {
            codec.reload(reader, state, versionId);
        } catch (Exception e) {
            throw refusal(e, reader, name());
        }
    }

    /// Reads the whole body of a section, at the version in its header, like [#reload(WireReader,
    /// T, int)], with the same errors as [#load(Section, Supplier, ReadLimits)].
    public void reload(Section section, T state, ReadLimits limits) throws IOException {
        checkFillable(state);
        section(section, limits, (reader, version) -> codec.reload(reader, state, version));
    }

    /// Checks the whole body of a section without loading it, with the same errors as
    /// [#load(Section, Supplier, ReadLimits)]. Returns false if the contents depend on a state, so
    /// that only loading can tell; see [#verify(WireReader, int)].
    public boolean verify(Section section, ReadLimits limits) throws IOException {
        try {
            section(
                    section,
                    limits,
                    (reader, version) -> new PlanVerifier(reader).outermost(layout, version));
            return true;
        } catch (UnsupportedException e) {
            return false;
        }
    }

    /// Reads the body of a section.
    private interface BodyUse {
        void read(WireReader reader, int version) throws IOException;
    }

    private void section(Section section, ReadLimits limits, BodyUse use) throws IOException {
        SectionIdentity identity = section.identity();
        Body body = section.body();
        WireReader reader = body.reader(limits);
        try {
            if (identity.versionId() > versionId()) {
                throw new VersionTooNewException(
                        identity.versionId(), minimumVersionId(), versionId(), reader.position());
            }
            use.read(reader, (int) identity.versionId());
            long left = body.offset() + body.length() - reader.position();
            if (left != 0) {
                throw new CorruptException(
                        left + " of " + body.length() + " bytes follow the last field of " + name(),
                        reader.position());
            }
        } catch (Exception e) {
            throw refusal(e, reader, identity.label());
        }
    }

    @SuppressWarnings("unchecked")
    private T made(WireReader reader, Supplier<? extends T> factory, int version)
            throws IOException {
        return (T) codec.load(reader, factory, version);
    }

    /// Returns the exception to throw after reading the part called `name` threw `thrown`.
    private static IOException refusal(Exception thrown, WireReader reader, String name) {
        if (!reader.isOpen()
                && (thrown instanceof RuntimeException || thrown instanceof RefusedException)) {
            throw new IllegalStateException("the reader is closed", thrown);
        }
        return Refusals.within(thrown, reader.position(), name);
    }

    private void checkFillable(T state) {
        Objects.requireNonNull(state);
        if (codec.ofRecords()) {
            throw new IllegalArgumentException(
                    name()
                            + " describes records, which cannot be filled: load(reader, factory,"
                            + " versionId) returns a new one");
        }
    }

    private void checkWhole() {
        if (codec.ofRecords() && declaration().partial()) {
            throw new IllegalArgumentException(
                    name()
                            + " is partial: it is saved and loaded as a subsection of the record's description");
        }
    }

    /// Checks a body of the given version without loading it and returns its length in bytes. No
    /// object is changed and no hook runs. Throws [org.vmstate.wire.UnsupportedException] if the
    /// contents depend on a state (an existence test, a count that is not sent, an array of
    /// pointers).
    public long verify(WireReader reader, int versionId) throws IOException {
        long start = reader.position();
        try {
            new PlanVerifier(reader).outermost(layout, versionId);
        } catch (Exception e) {
            throw refusal(e, reader, name());
        }
        return reader.position() - start;
    }

    /// Returns the declaration, not bound to a class of states.
    Declaration declaration() {
        return layout.declaration();
    }

    /// Returns the declaration bound to the class of the states.
    Layout layout() {
        return layout;
    }

    /// Returns the declaration as text, one line each for the name and versions, the fields and the
    /// subsections.
    @Override
    public String toString() {
        return DeclarationText.of(layout.declaration());
    }
}
