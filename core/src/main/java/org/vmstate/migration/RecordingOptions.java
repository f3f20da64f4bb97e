// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.time.Duration;
import java.util.Objects;
import org.vmstate.wire.Progress;
import org.vmstate.wire.ReadLimits;

/// How a [StreamRecorder] receives and writes a migration.
public final class RecordingOptions {
    /// A plain stream, one channel, no limits but the default ones.
    public static final RecordingOptions DEFAULT = builder().build();

    private static final int MAX_CHANNELS = 255;

    private final Form form;
    private final int channels;
    private final SwitchoverAck switchoverAck;
    private final Duration silence;
    private final ReadLimits limits;
    private final Progress progress;

    private RecordingOptions(Builder builder) {
        this.form = builder.form;
        this.channels = builder.channels;
        this.switchoverAck = builder.switchoverAck;
        this.silence = builder.silence;
        this.limits = builder.limits;
        this.progress = builder.progress;
    }

    /// The format of a recording.
    public enum Form {
        /// One ordinary precopy stream: the pages of all channels are in it, devices that were sent
        /// in a postcopy package follow the memory, and commands that require an answer are left
        /// out.
        PLAIN,
        /// A file with each page at a fixed offset (capability `mapped-ram`, QEMU 9.0 and newer).
        MAPPED_RAM,
        /// The bytes of each channel as they were received.
        RAW
    }

    /// Whether the source waits for message 7 of the return path, the switchover acknowledgement
    /// (capability `switchover-ack`).
    ///
    /// The stream does not say whether it waits. QEMU before 8.1, and a QEMU with a machine type
    /// from 11.1 on whose devices do not ask for it, fails if it receives the message.
    public enum SwitchoverAck {
        /// Sent if the version in the name of the machine type is 8.1 or newer and older than 11.1.
        BY_MACHINE_TYPE,
        /// Always sent.
        SEND,
        /// Never sent.
        OMIT
    }

    /// Returns a builder with the default options.
    public static Builder builder() {
        return new Builder();
    }

    /// The format.
    public Form form() {
        return form;
    }

    /// The number of multifd channels in addition to the main channel.
    public int channels() {
        return channels;
    }

    /// Whether the switchover is acknowledged.
    public SwitchoverAck switchoverAck() {
        return switchoverAck;
    }

    /// The longest time that the source may send nothing.
    public Duration silence() {
        return silence;
    }

    /// The limits on the source's data.
    public ReadLimits limits() {
        return limits;
    }

    /// The listener for the phase [Progress.Phase#MEMORY], which counts the received bytes of all
    /// channels.
    public Progress progress() {
        return progress;
    }

    /// Builds options.
    public static final class Builder {
        private Form form = Form.PLAIN;
        private int channels;
        private SwitchoverAck switchoverAck = SwitchoverAck.BY_MACHINE_TYPE;
        private Duration silence = Duration.ofMinutes(2);
        private ReadLimits limits = ReadLimits.DEFAULT;
        private Progress progress = Progress.NONE;

        private Builder() {}

        /// Sets the format; [Form#PLAIN] by default.
        public Builder form(Form value) {
            form = Objects.requireNonNull(value);
            return this;
        }

        /// Sets the number of multifd channels, which is the source's `multifd-channels`; 0, for a
        /// migration without multifd, by default.
        ///
        /// @throws IllegalArgumentException if it is not 0 to 255
        public Builder channels(int count) {
            if (count < 0 || count > MAX_CHANNELS) {
                throw new IllegalArgumentException(count + " channels");
            }
            channels = count;
            return this;
        }

        /// Sets whether the switchover is acknowledged.
        public Builder switchoverAck(SwitchoverAck value) {
            switchoverAck = Objects.requireNonNull(value);
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
        public RecordingOptions build() {
            return new RecordingOptions(this);
        }
    }
}
