// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vmstate.MigrationPriority;
import org.vmstate.VMStateDescription;
import org.vmstate.ram.GuestMemory;
import org.vmstate.stream.Section;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// What is registered under an entry.
sealed interface Subject {
    /// The newest version that is supported.
    int versionId();

    /// The priority of the sections.
    default MigrationPriority priority() {
        return MigrationPriority.DEFAULT;
    }

    /// A device that is saved whole.
    sealed interface Whole extends Subject {
        /// The description of its state.
        VMStateDescription<?> description();

        /// Whether the section is needed now.
        boolean needed();

        /// Writes the body at the version of the description.
        void save(WireWriter out, @Nullable VmDescWriter vmdesc) throws IOException;

        /// Writes the body at an older version.
        void saveAt(WireWriter out, int versionId, @Nullable VmDescWriter vmdesc)
                throws IOException;

        /// Loads the body of a section.
        void load(Section section, ReadLimits limits) throws IOException;

        /// Loads a body of the version of the description.
        void load(WireReader in) throws IOException;

        @Override
        default int versionId() {
            return description().versionId();
        }

        @Override
        default MigrationPriority priority() {
            return description().priority();
        }
    }

    /// A device that is an object.
    record Living<T>(VMStateDescription<T> description, T state) implements Whole {
        @Override
        public boolean needed() {
            return description.needed(state);
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
            description.load(section, state, limits);
        }

        @Override
        public void load(WireReader in) throws IOException {
            description.load(in, state, description.versionId());
        }
    }

    /// A device that gives its state as a memento, and takes one back.
    record Memento<T>(VMStateDescription<T> description, Supplier<T> capture, Consumer<T> restore)
            implements Whole {
        @Override
        public boolean needed() {
            return description.needed(capture.get());
        }

        @Override
        public void save(WireWriter out, @Nullable VmDescWriter vmdesc) throws IOException {
            description.save(out, capture.get(), vmdesc);
        }

        @Override
        public void saveAt(WireWriter out, int versionId, @Nullable VmDescWriter vmdesc)
                throws IOException {
            description.save(out, capture.get(), versionId, vmdesc);
        }

        @Override
        public void load(Section section, ReadLimits limits) throws IOException {
            restore.accept(description.load(section, capture, limits));
        }

        @Override
        public void load(WireReader in) throws IOException {
            restore.accept(description.load(in, capture, description.versionId()));
        }
    }

    /// A device that is saved in pieces.
    record Iterative(IterativeDevice device) implements Subject {
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
        public int versionId() {
            return VERSION;
        }
    }
}
