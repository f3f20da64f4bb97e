// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vmstate.MigrationPriority;
import org.vmstate.VMStateDescription;
import org.vmstate.ram.GuestMemory;
import org.vmstate.stream.Body;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.VersionTooNewException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// What is registered under an entry.
sealed interface Subject {
    /// The newest version that is supported.
    int versionId();

    /// The object of the emulator whose state it is.
    Object object();

    /// The priority of the sections.
    default MigrationPriority priority() {
        return MigrationPriority.DEFAULT;
    }

    /// A device that is saved whole.
    sealed interface Whole extends Subject {
        /// Whether the section is needed now.
        boolean needed() throws IOException;

        /// Writes the body of a section at the newest version, and describes it in the object that
        /// is open in `vmdesc`.
        void save(WireWriter out, @Nullable VmDescWriter vmdesc) throws IOException;

        /// Writes the body at an older version.
        void saveAt(WireWriter out, int versionId, @Nullable VmDescWriter vmdesc)
                throws IOException;

        /// Checks the body of a section as far as that is possible without a state.
        void verify(Section.Full section, ReadLimits limits) throws IOException;

        /// Loads the body of a section.
        void load(Section section, ReadLimits limits) throws IOException;

        /// Writes the state so that [#restore] can read it.
        void snapshot(WireWriter out) throws IOException;

        /// Loads what [#snapshot] wrote.
        void restore(WireReader in) throws IOException;

        /// The oldest version that can be saved.
        default int minimumVersionId() {
            return versionId();
        }

        /// Whether the section stands among the first ones, before the memory.
        default boolean earlySetup() {
            return false;
        }

        /// Whether the device prevents saving.
        default boolean unmigratable() {
            return false;
        }
    }

    /// A device that is saved whole by a description.
    sealed interface Described extends Whole {
        /// The description of its state.
        VMStateDescription<?> description();

        @Override
        default void verify(Section.Full section, ReadLimits limits) throws IOException {
            description().verify(section, limits);
        }

        @Override
        default void snapshot(WireWriter out) throws IOException {
            save(out, null);
        }

        @Override
        default int minimumVersionId() {
            return description().minimumVersionId();
        }

        @Override
        default boolean earlySetup() {
            return description().earlySetup();
        }

        @Override
        default boolean unmigratable() {
            return description().unmigratable();
        }

        @Override
        default int versionId() {
            return description().versionId();
        }

        @Override
        default MigrationPriority priority() {
            return description().priority();
        }
    }

    private static <T> boolean isNeeded(VMStateDescription<T> description, T state)
            throws VMStateException {
        try {
            return description.needed(state);
        } catch (RuntimeException e) {
            throw refused("needed", e).within(description.name());
        }
    }

    /// Returns the exception to throw for an exception of the device's own code.
    private static RefusedException refused(String who, RuntimeException cause) {
        RefusedException refused = new RefusedException(who + " threw " + cause);
        refused.initCause(cause);
        return refused;
    }

    /// A device that is an object.
    record Living<T>(VMStateDescription<T> description, T state) implements Described {
        @Override
        public Object object() {
            return Objects.requireNonNull(state);
        }

        @Override
        public boolean needed() throws VMStateException {
            return isNeeded(description, state);
        }

        @Override
        public void save(WireWriter out, @Nullable VmDescWriter vmdesc) throws IOException {
            description.save(out, state, vmdesc);
        }

        @Override
        public void saveAt(WireWriter out, int versionId, @Nullable VmDescWriter vmdesc)
                throws IOException {
            description.save(out, state, versionId, vmdesc);
        }

        @Override
        public void load(Section section, ReadLimits limits) throws IOException {
            description.reload(section, state, limits);
        }

        @Override
        public void restore(WireReader in) throws IOException {
            description.reload(in, state, description.versionId());
        }
    }

    /// A device that gives its state as a memento, and takes one back.
    record Memento<T>(VMStateDescription<T> description, Supplier<T> capture, Consumer<T> giveBack)
            implements Described {
        @Override
        public Object object() {
            return giveBack;
        }

        @Override
        public boolean needed() throws VMStateException {
            return isNeeded(description, captured());
        }

        @Override
        public void save(WireWriter out, @Nullable VmDescWriter vmdesc) throws IOException {
            description.save(out, captured(), vmdesc);
        }

        @Override
        public void saveAt(WireWriter out, int versionId, @Nullable VmDescWriter vmdesc)
                throws IOException {
            description.save(out, captured(), versionId, vmdesc);
        }

        @Override
        public void load(Section section, ReadLimits limits) throws IOException {
            T state = description.load(section, capture, limits);
            try {
                giveBack(state);
            } catch (RefusedException e) {
                throw e.within(section.identity().label());
            }
        }

        @Override
        public void restore(WireReader in) throws IOException {
            giveBack(description.load(in, capture, description.versionId()));
        }

        private T captured() throws RefusedException {
            try {
                return Objects.requireNonNull(capture.get(), "the captured state is null");
            } catch (RuntimeException e) {
                throw refused("capture", e);
            }
        }

        private void giveBack(T state) throws RefusedException {
            try {
                giveBack.accept(state);
            } catch (RuntimeException e) {
                throw refused("restore", e);
            }
        }
    }

    /// A device that its own code saves whole.
    record Opaque(OpaqueDevice device) implements Whole {
        @Override
        public int versionId() {
            return device.versionId();
        }

        @Override
        public Object object() {
            return device;
        }

        @Override
        public boolean needed() {
            return true;
        }

        private byte[] body() throws IOException {
            try {
                return device.save();
            } catch (RuntimeException e) {
                throw refused("save", e);
            }
        }

        @Override
        public void save(WireWriter out, @Nullable VmDescWriter vmdesc) throws IOException {
            byte[] body = body();
            out.bytes(body);
            if (vmdesc != null) {
                vmdesc.number("size", body.length).startArray("fields").startObject();
                vmdesc.string("name", "data").number("size", body.length);
                vmdesc.string("type", "buffer").endObject().endArray();
            }
        }

        @Override
        public void saveAt(WireWriter out, int versionId, @Nullable VmDescWriter vmdesc) {
            throw new IllegalArgumentException(
                    "version %d cannot be saved, only %d".formatted(versionId, versionId()));
        }

        @Override
        public void verify(Section.Full section, ReadLimits limits) throws IOException {
            use(section, "verify", device::verify);
        }

        @Override
        public void load(Section section, ReadLimits limits) throws IOException {
            use(section, "load", device::load);
        }

        @Override
        public void snapshot(WireWriter out) throws IOException {
            byte[] body = body();
            out.u32(body.length);
            out.bytes(body);
        }

        @Override
        public void restore(WireReader in) throws IOException {
            byte[] body = in.bytes(in.int32());
            try {
                device.load(body, device.versionId());
            } catch (RuntimeException e) {
                throw refused("load", e);
            }
        }

        /// A use of a body.
        private interface BodyUse {
            void use(byte[] body, int versionId) throws IOException;
        }

        private void use(Section section, String name, BodyUse use) throws IOException {
            SectionIdentity identity = section.identity();
            Body body = section.body();
            try {
                if (identity.versionId() > device.versionId()) {
                    throw new VersionTooNewException(
                            identity.versionId(), 0, device.versionId(), body.offset());
                }
                use.use(body.memory().toArray(ValueLayout.JAVA_BYTE), (int) identity.versionId());
            } catch (VMStateException e) {
                throw e.within(identity.label());
            } catch (RuntimeException e) {
                throw refused(name, e).within(identity.label());
            }
        }
    }

    /// A device that is saved in pieces.
    record Iterative(IterativeDevice device) implements Subject {
        @Override
        public Object object() {
            return device;
        }

        @Override
        public int versionId() {
            return device.versionId();
        }
    }

    /// Guest memory.
    record Memory(GuestMemory memory) implements Subject {
        /// The version of `ram` sections.
        static final int VERSION = 4;

        @Override
        public Object object() {
            return memory;
        }

        @Override
        public int versionId() {
            return VERSION;
        }
    }
}
