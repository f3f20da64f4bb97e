// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.stream.StreamTransform;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.Progress;
import org.vmstate.wire.ReadLimits;

/// What a [StreamRelay] does with the bytes that it relays.
public final class RelayOptions {
    /// Relays all bytes unchanged.
    public static final RelayOptions DEFAULT = builder().build();

    private final @Nullable Changes changes;
    private final @Nullable VmDescription description;
    private final @Nullable Copies copies;
    private final OptionalLong maxBandwidth;
    private final Duration silence;
    private final ReadLimits limits;
    private final Progress progress;

    private RelayOptions(Builder builder) {
        this.changes = builder.changes;
        this.description = builder.description;
        this.copies = builder.copies;
        this.maxBandwidth = builder.maxBandwidth;
        this.silence = builder.silence;
        this.limits = builder.limits;
        this.progress = builder.progress;
    }

    /// Changes the devices of a machine on their way.
    @FunctionalInterface
    public interface Changes {
        /// Called once, when all devices have been received; the guest is stopped meanwhile.
        ///
        /// @param devices a machine with the configuration and the devices of the stream, but
        ///   without memory and other iterative devices
        /// @return the changes, such as a [org.vmstate.inspect.MachineEdit] of the machine
        /// @throws IllegalArgumentException if a change is not possible; the migration then fails
        StreamTransform of(SavedMachine devices) throws IOException;
    }

    /// Opens the outputs that what is relayed is copied to.
    @FunctionalInterface
    public interface Copies {
        /// Opens the output of a channel.
        ///
        /// @param number 0 for the main channel, then 1, 2, … in the order in which they were
        ///   connected; called by several threads
        WritableByteChannel open(int number) throws IOException;
    }

    /// Returns a builder with the default options.
    public static Builder builder() {
        return new Builder();
    }

    /// The changes to the devices.
    public Optional<Changes> changes() {
        return Optional.ofNullable(changes);
    }

    /// A description of the same machine's devices.
    public Optional<VmDescription> description() {
        return Optional.ofNullable(description);
    }

    /// The outputs that what is relayed is copied to.
    public Optional<Copies> copies() {
        return Optional.ofNullable(copies);
    }

    /// The maximum number of bytes per second that are relayed to the destination.
    public OptionalLong maxBandwidth() {
        return maxBandwidth;
    }

    /// The longest time that the source may send nothing.
    public Duration silence() {
        return silence;
    }

    /// The limits on the source's data, if there are changes.
    public ReadLimits limits() {
        return limits;
    }

    /// The listener for the phase [Progress.Phase#MEMORY], which counts the bytes received on the
    /// main channel.
    public Progress progress() {
        return progress;
    }

    /// Builds options.
    public static final class Builder {
        private @Nullable Changes changes;
        private @Nullable VmDescription description;
        private @Nullable Copies copies;
        private OptionalLong maxBandwidth = OptionalLong.empty();
        private Duration silence = Duration.ofMinutes(2);
        private ReadLimits limits = ReadLimits.DEFAULT;
        private Progress progress = Progress.NONE;

        private Builder() {}

        /// Sets the changes to the devices; without changes, the content of the stream is not
        /// examined.
        public Builder changes(Changes value) {
            changes = Objects.requireNonNull(value);
            return this;
        }

        /// Sets a description of the same machine's devices, as of a stream that it wrote earlier.
        /// It is necessary for changes in postcopy, whose stream has no description, and for
        /// machines with devices that are sent before the memory.
        public Builder description(VmDescription value) {
            description = Objects.requireNonNull(value);
            return this;
        }

        /// Sets the outputs that what is sent to the destination is copied to. They are not closed.
        public Builder copies(Copies value) {
            copies = Objects.requireNonNull(value);
            return this;
        }

        /// Sets the maximum number of bytes per second over all channels; unlimited by default.
        ///
        /// @throws IllegalArgumentException if it is not positive
        public Builder maxBandwidth(long bytesPerSecond) {
            if (bytesPerSecond <= 0) {
                throw new IllegalArgumentException(bytesPerSecond + " bytes per second");
            }
            maxBandwidth = OptionalLong.of(bytesPerSecond);
            return this;
        }

        /// Sets the longest time that a connected source may send nothing, 2 minutes by default. A
        /// source is silent while it waits for `migrate-continue`.
        ///
        /// @throws IllegalArgumentException if it is not positive
        public Builder silence(Duration limit) {
            if (!limit.isPositive()) {
                throw new IllegalArgumentException("a silence of " + limit);
            }
            silence = limit;
            return this;
        }

        /// Sets the limits on the source's data.
        public Builder limits(ReadLimits value) {
            limits = Objects.requireNonNull(value);
            return this;
        }

        /// Sets the listener for the phase [Progress.Phase#MEMORY].
        public Builder progress(Progress listener) {
            progress = Objects.requireNonNull(listener);
            return this;
        }

        /// Returns the options.
        public RelayOptions build() {
            return new RelayOptions(this);
        }
    }
}
