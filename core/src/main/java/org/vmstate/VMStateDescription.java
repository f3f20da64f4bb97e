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
import org.vmstate.internal.plan.Verifier;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
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
/// follows: the body ends with its last field, whatever the source. A reader over a channel waits
/// for one byte behind the body, or for the channel's end, before it knows; in a stream that byte
/// is the section's footer or the next section.
///
/// Errors in the bytes are a [VMStateException] with path and offset, as is a state that refuses.
/// The state then has the values loaded so far; queues, lists and trees have only whole elements.
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

    /// Writes the body of a state.
    public void save(WireWriter writer, T state) throws IOException {
        save(writer, state, null);
    }

    /// Writes the body of a state, and describes it in the object that `vmdesc` has open:
    /// `vmsd_name`, `version`, `fields` and, if any are sent, `subsections`.
    public void save(WireWriter writer, T state, @Nullable VmDescWriter vmdesc) throws IOException {
        try {
            codec.save(writer, state, vmdesc);
        } catch (VMStateException e) {
            throw e.within(layout.name());
        }
    }

    /// Reads a body of a version into a state. A record cannot be filled: load one with
    /// [#load(WireReader, int, Supplier)].
    public void load(WireReader reader, T state, int versionId) throws IOException {
        try {
            codec.load(reader, state, versionId);
        } catch (VMStateException e) {
            throw e.within(layout.name());
        }
    }

    /// Reads a body of a version into a new state. For the section of a stream there is
    /// [#load(Section, Supplier, ReadLimits)].
    @SuppressWarnings("unchecked")
    public T load(WireReader reader, int versionId, Supplier<T> factory) throws IOException {
        try {
            return (T) codec.load(reader, factory, versionId);
        } catch (VMStateException e) {
            throw e.within(layout.name());
        }
    }

    /// Reads the whole body of a section, at the version of its header, into a new state.
    ///
    /// Bytes that are left behind the last field are a [CorruptException]. The path of every error
    /// begins with the section's name and instance.
    ///
    /// @param factory makes the object to load into; not used for a record
    public T load(Section section, Supplier<T> factory, ReadLimits limits) throws IOException {
        SectionIdentity identity = section.identity();
        WireReader reader = section.body().reader(limits);
        try {
            if (identity.versionId() > layout.version()) {
                throw new VersionTooNewException(
                        identity.versionId(),
                        layout.minimumVersion(),
                        layout.version(),
                        reader.position());
            }
            @SuppressWarnings("unchecked")
            T state = (T) codec.load(reader, factory, (int) identity.versionId());
            long end = section.body().offset() + section.body().length();
            if (reader.position() != end) {
                throw new CorruptException(
                        (end - reader.position())
                                + " of "
                                + section.body().length()
                                + " bytes are left behind the last field of "
                                + layout.name(),
                        reader.position());
            }
            return state;
        } catch (VMStateException e) {
            throw e.within(identity.label());
        }
    }

    /// Walks over a body of a version, and returns how many bytes it has; no object is touched and
    /// no hook runs. Where only a state can tell what comes next (a test, a count that is not sent,
    /// an array of pointers), that is an [org.vmstate.wire.UnsupportedException].
    public long verify(WireReader reader, int versionId) throws IOException {
        long start = reader.position();
        try {
            new Verifier(reader).body(layout, versionId);
        } catch (VMStateException e) {
            throw e.within(layout.name());
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
}
