// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.inspect.SavedMachine;

/// What is known of the QEMU that is to load a stream.
///
/// Each part decides some of the checks; the more parts, the fewer are undecided.
///
/// Immutable. A reference must not be used after its source was closed.
public final class Destination {
    private final @Nullable MachineDescriptions descriptions;
    private final @Nullable SavedMachine reference;
    private final @Nullable QemuVersion version;
    private final @Nullable LibvirtHost libvirt;

    private Destination(Builder builder) {
        descriptions = builder.descriptions;
        reference = builder.reference;
        version = builder.version;
        libvirt = builder.libvirt;
    }

    /// Returns a builder of a destination of which nothing is known.
    public static Builder builder() {
        return new Builder();
    }

    /// Its `-dump-vmstate`.
    public Optional<MachineDescriptions> descriptions() {
        return Optional.ofNullable(descriptions);
    }

    /// A stream that this QEMU, started with the intended arguments and stopped, wrote itself.
    public Optional<SavedMachine> reference() {
        return Optional.ofNullable(reference);
    }

    /// Its version.
    public Optional<QemuVersion> version() {
        return Optional.ofNullable(version);
    }

    /// What libvirt says its host can run.
    public Optional<LibvirtHost> libvirt() {
        return Optional.ofNullable(libvirt);
    }

    /// Builds destinations.
    public static final class Builder {
        private @Nullable MachineDescriptions descriptions;
        private @Nullable SavedMachine reference;
        private @Nullable QemuVersion version;
        private @Nullable LibvirtHost libvirt;

        private Builder() {}

        /// Sets its `-dump-vmstate`.
        public Builder descriptions(MachineDescriptions dump) {
            descriptions = Objects.requireNonNull(dump);
            return this;
        }

        /// Sets a stream that this QEMU, started with the intended arguments and stopped, wrote
        /// itself. Its source must be open during the check.
        public Builder reference(SavedMachine stream) {
            reference = Objects.requireNonNull(stream);
            return this;
        }

        /// Sets its version.
        public Builder version(QemuVersion number) {
            version = Objects.requireNonNull(number);
            return this;
        }

        /// Sets what libvirt says its host can run.
        public Builder libvirt(LibvirtHost host) {
            libvirt = Objects.requireNonNull(host);
            return this;
        }

        /// Returns the destination.
        public Destination build() {
            return new Destination(this);
        }
    }
}
