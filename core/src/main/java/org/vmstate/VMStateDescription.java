// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandles;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.access.MemoryBinder;
import org.vmstate.internal.access.ObjectBinder;
import org.vmstate.internal.codec.Codec;
import org.vmstate.internal.layout.Declaration;
import org.vmstate.internal.layout.DeclarationText;
import org.vmstate.internal.plan.Refusals;
import org.vmstate.internal.plan.Verifier;
import org.vmstate.stream.Body;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.VersionTooNewException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The declaration of a device's state: its fields in wire order, its versions, what is optional
/// and what happens around saving and loading.
///
/// A description is declared once, is immutable and serves all objects of its type and all threads:
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
/// A body has no length: only its description says where it ends. While loading, a byte 0x05 behind
/// the fields, with a name that begins with the description's own, is a subsection; an unknown one
/// is an error, any other name is left to whoever reads on. Where the input ends instead, nothing
/// follows: the body ends with its last field, whatever the source.
///
/// A reader over a channel waits for one byte behind the body, or for the channel's end, because a
/// subsection may follow; in a stream that byte is the section's footer or the next section. A
/// description without subsections does not wait, and neither does the structure that is its last
/// field. In their case only an unknown subsection could follow. It is an error if its name has
/// arrived; otherwise it is left to whoever reads on. A program that keeps a connection open and
/// declares subsections sends the length of the body first and loads from [WireReader#bytes(int)].
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
/// An `IOException` of a hook counts as one of the state's code, an `IOException` of a
/// [VMStateInfo] as one of the stream. An `Error` passes unchanged. The offset of an exception of
/// the state's code is that of the number being set, else the position of the reader.
///
/// After an error a state has the values loaded so far; queues, lists and trees have only whole
/// elements. What was written to a writer is the beginning of a body, which nothing can load.
///
/// # Threads
///
/// A description may be used by any number of threads; a state, a reader and a writer by one at a
/// time. The caller keeps others from changing a state while it is saved or loaded. If it changes
/// nevertheless, what is saved may be a mixture of the old and the new state, or a body that does
/// not load (a count of 3 before an array of 2), or the save fails with a
/// [org.vmstate.wire.RefusedException] where the change is noticed, as by a
/// `ConcurrentModificationException`.
///
/// QEMU: `VMStateDescription`, `vmstate_save_state`, `vmstate_load_state`.
///
/// @param <T> the type of the states
public final class VMStateDescription<T> {
    private final Layout layout;
    private final Codec codec;
    private final MigrationPriority priority;
    private final boolean earlySetup;

    VMStateDescription(Layout layout, MigrationPriority priority, boolean earlySetup) {
        this.layout = layout;
        this.codec = new Codec(layout);
        this.priority = priority;
        this.earlySetup = earlySetup;
    }

    /// Begins a description of the states of a class or record, whose members are reached with the
    /// rights of `lookup`.
    public static <T> VMStateDescriptionBuilder<T> builder(
            String name, Class<T> type, MethodHandles.Lookup lookup) {
        return new VMStateDescriptionBuilder<>(name, new ObjectBinder(type, lookup));
    }

    /// Begins a description of structures in native memory, whose members are found in their
    /// layout. Loading cannot make memory, except by the factories of structs and queue elements.
    public static VMStateDescriptionBuilder<MemorySegment> builder(
            String name, StructLayout memory) {
        return new VMStateDescriptionBuilder<>(name, new MemoryBinder(memory, null));
    }

    /// Begins a description of structures in native memory; where loading has to make memory, it
    /// comes from `allocator`.
    public static VMStateDescriptionBuilder<MemorySegment> builder(
            String name, StructLayout memory, SegmentAllocator allocator) {
        return new VMStateDescriptionBuilder<>(name, new MemoryBinder(memory, allocator));
    }

    /// The name in a stream's description; for a subsection, also on the wire.
    public String name() {
        return layout.name();
    }

    /// The version that is saved, and the newest that is loaded.
    public int versionId() {
        return layout.version();
    }

    /// The oldest version that is loaded.
    public int minimumVersionId() {
        return layout.minimumVersion();
    }

    /// Whether a machine with such a device cannot be migrated; saving it is refused.
    public boolean unmigratable() {
        return layout.unmigratable();
    }

    /// When the device's section is sent among those of other devices.
    public MigrationPriority priority() {
        return priority;
    }

    /// Whether the section is sent while migration is set up, before any RAM.
    public boolean earlySetup() {
        return earlySetup;
    }

    /// Whether the state of an optional section or subsection has to be sent.
    public boolean needed(T state) {
        Objects.requireNonNull(state);
        return layout.hooks().needed() == null || layout.hooks().needed().test(state);
    }

    /// Writes the body of a state at the current version.
    public void save(WireWriter writer, T state) throws IOException {
        save(writer, state, null);
    }

    /// Writes the body of a state at the current version, and describes it in the object that
    /// `vmdesc` has open: `vmsd_name`, `version`, `fields` and, if any are sent, `subsections`.
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
    /// program that knows no newer one: with the fields that the version has. Tests get this
    /// version; subsections are written as always. The section's header has to carry the same
    /// version. Any other version is an `IllegalArgumentException`.
    public void save(WireWriter writer, T state, int versionId) throws IOException {
        save(writer, state, versionId, null);
    }

    /// Writes the body of a state at a version, and describes it in the object that `vmdesc` has
    /// open.
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
            codec.saveAt(writer, state, versionId, vmdesc);
        } catch (Exception e) {
            throw Refusals.within(e, VMStateException.NO_OFFSET, name());
        }
    }

    /// Reads a body of a version into a state. A record cannot be filled, which is an
    /// `IllegalArgumentException`: [#load(WireReader, Supplier, int)] returns a new one.
    public void load(WireReader reader, T state, int versionId) throws IOException {
        Objects.requireNonNull(state);
        if (codec.ofRecords()) {
            throw new IllegalArgumentException(
                    name()
                            + " describes records, which cannot be filled: load(reader, factory,"
                            + " versionId) returns a new one");
        }
        try {
            codec.load(reader, state, versionId);
        } catch (Exception e) {
            throw refusal(e, reader, name());
        }
    }

    /// Reads a body of a version into a new state, which `factory` makes; a record is made by its
    /// constructor, and the factory is not called. For the section of a stream there is
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

    /// Reads the whole body of a section, at the version of its header, into a new state.
    ///
    /// Bytes that are left behind the last field are a [CorruptException]. The path of every error
    /// begins with the section's name and instance.
    ///
    /// @param factory makes the object to load into; not used for a record
    public T load(Section section, Supplier<? extends T> factory, ReadLimits limits)
            throws IOException {
        Objects.requireNonNull(factory);
        checkWhole();
        SectionIdentity identity = section.identity();
        Body body = section.body();
        WireReader reader = body.reader(limits);
        try {
            if (identity.versionId() > versionId()) {
                throw new VersionTooNewException(
                        identity.versionId(), minimumVersionId(), versionId(), reader.position());
            }
            T state = made(reader, factory, (int) identity.versionId());
            long left = body.offset() + body.length() - reader.position();
            if (left != 0) {
                throw new CorruptException(
                        left
                                + " of "
                                + body.length()
                                + " bytes are left behind the last field of "
                                + name(),
                        reader.position());
            }
            return state;
        } catch (Exception e) {
            throw refusal(e, reader, identity.label());
        }
    }

    @SuppressWarnings("unchecked")
    private T made(WireReader reader, Supplier<? extends T> factory, int version)
            throws IOException {
        return (T) codec.load(reader, factory, version);
    }

    /// What to throw for what reading a part of that name threw.
    private static IOException refusal(Exception thrown, WireReader reader, String name) {
        if (!reader.isOpen()
                && (thrown instanceof RuntimeException || thrown instanceof RefusedException)) {
            throw new IllegalStateException("the reader is closed", thrown);
        }
        return Refusals.within(thrown, reader.position(), name);
    }

    private void checkWhole() {
        if (codec.ofRecords() && declaration().partial()) {
            throw new IllegalArgumentException(
                    name()
                            + " is partial: it is saved and loaded as a subsection of the record's description");
        }
    }

    /// Walks over a body of a version, and returns how many bytes it has; no object is touched and
    /// no hook runs. Where only a state can tell what comes next (a test, a count that is not sent,
    /// an array of pointers), that is an [org.vmstate.wire.UnsupportedException].
    public long verify(WireReader reader, int versionId) throws IOException {
        long start = reader.position();
        try {
            new Verifier(reader).outermost(layout, versionId);
        } catch (Exception e) {
            throw refusal(e, reader, name());
        }
        return reader.position() - start;
    }

    /// What was declared, not bound to the states.
    Declaration declaration() {
        return layout.declaration();
    }

    /// What was declared, bound to the states.
    Layout layout() {
        return layout;
    }

    /// The declaration in lines: name and versions, fields, subsections.
    @Override
    public String toString() {
        return DeclarationText.of(layout.declaration());
    }
}
