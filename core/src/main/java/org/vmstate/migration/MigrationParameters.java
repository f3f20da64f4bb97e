// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.time.Duration;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmstate.ram.MultifdForm;
import org.vmstate.ram.MultifdSender;
import org.vmstate.ram.RamFormat;

/// The parameters and capabilities of one end of a migration. Immutable.
///
/// ```java
/// MigrationParameters parameters =
///         MigrationParameters.builder().downtimeLimit(Duration.ofMillis(100)).build();
/// ```
///
/// QEMU: `MigrationParameters` and `MigrationCapability`. QEMU's `migrate-set-parameters` gives
/// times in milliseconds, and bandwidth in bytes per second; times are a [Duration] here.
public final class MigrationParameters {
    /// The default parameters.
    public static final MigrationParameters DEFAULT = builder().build();

    /// The first and the highest throttle of a processor, and the difference between two.
    static final int THROTTLE_INITIAL = 20;

    static final int THROTTLE_INCREMENT = 10;
    static final int THROTTLE_MAX = 99;

    private static final long MIN_CACHE_BYTES = 1 << 16;

    private final Duration downtimeLimit;
    private final OptionalLong maxBandwidth;
    private final boolean returnPath;
    private final boolean switchoverAck;
    private final boolean pauseBeforeSwitchover;
    private final boolean autoConverge;
    private final boolean postcopy;
    private final OptionalInt multifdChannels;
    private final RamFormat multifdFormat;
    private final MultifdForm multifdForm;
    private final OptionalLong xbzrleCacheSize;
    private final Duration stallLimit;
    private final Duration switchoverLimit;

    private MigrationParameters(Builder builder) {
        this.downtimeLimit = builder.downtimeLimit;
        this.maxBandwidth = builder.maxBandwidth;
        this.returnPath = builder.returnPath;
        this.switchoverAck = builder.switchoverAck;
        this.pauseBeforeSwitchover = builder.pauseBeforeSwitchover;
        this.autoConverge = builder.autoConverge;
        this.postcopy = builder.postcopy;
        this.multifdChannels = builder.multifdChannels;
        this.multifdFormat = builder.multifdFormat;
        this.multifdForm = builder.multifdForm;
        this.xbzrleCacheSize = builder.xbzrleCacheSize;
        this.stallLimit = builder.stallLimit;
        this.switchoverLimit = builder.switchoverLimit;
    }

    /// Returns a builder with the default values.
    public static Builder builder() {
        return new Builder();
    }

    /// The time that the rest of the memory may take to be sent after the machine has stopped. The
    /// source stops the machine as soon as it expects to keep it. Default 300 ms. QEMU:
    /// `downtime-limit`.
    public Duration downtimeLimit() {
        return downtimeLimit;
    }

    /// The number of bytes per second that the source sends at most while the machine runs; empty
    /// for no limit, which is the default (QEMU: 128 MiB/s). QEMU: `max-bandwidth`.
    public OptionalLong maxBandwidth() {
        return maxBandwidth;
    }

    /// Whether the source asks the destination to answer, so that it learns how the migration ends.
    /// Default true. Without it, the source has completed when it has sent everything. QEMU:
    /// `return-path`.
    public boolean returnPath() {
        return returnPath;
    }

    /// Whether the source lets the machine run until the destination has said that it is ready for
    /// the switchover, and whether the destination says so. Default false; both ends must agree,
    /// and a QEMU as source or destination must be of 8.1 or newer (see `docs/format/live.md`).
    /// QEMU: `switchover-ack`.
    public boolean switchoverAck() {
        return switchoverAck;
    }

    /// Whether the source, after it has stopped the machine, waits for
    /// [MigrationSource#continueSwitchover()]. Default false. QEMU: `pause-before-switchover`,
    /// `migrate-continue`.
    public boolean pauseBeforeSwitchover() {
        return pauseBeforeSwitchover;
    }

    /// Whether the source makes the machine's processors pause
    /// ([throttle][org.vmstate.savevm.MachineControl#throttle]) if it writes to memory faster than
    /// memory can be sent. Default false. QEMU: `auto-converge`, with its defaults of
    /// `cpu-throttle-initial`, `cpu-throttle-increment`, `max-cpu-throttle` and
    /// `throttle-trigger-threshold`.
    public boolean autoConverge() {
        return autoConverge;
    }

    /// Whether a source announces that it may let the machine run at the destination before all of
    /// its memory is there: see [MigrationSource#startPostcopy()]. Default false. A destination
    /// that has [PagesOnDemand] follows any source. Not with multifd. QEMU: `postcopy-ram`.
    public boolean postcopy() {
        return postcopy;
    }

    /// The number of channels besides the main one that carry the pages; empty for none, which is
    /// the default. Both ends must agree. QEMU: `multifd`, `multifd-channels`.
    public OptionalInt multifdChannels() {
        return multifdChannels;
    }

    /// How a source writes the pages of these channels: [RamFormat#MULTIFD], which is the default,
    /// [RamFormat#MULTIFD_ZLIB] or [RamFormat#MULTIFD_ZSTD]. A destination of this library takes
    /// each of them. QEMU: `multifd-compression`.
    public RamFormat multifdFormat() {
        return multifdFormat;
    }

    /// What the destination expects of these channels; by default, what the newest QEMU and
    /// destinations of this library do. A destination recognizes it.
    public MultifdForm multifdForm() {
        return multifdForm;
    }

    /// The number of bytes of pages that a source remembers after it has sent them, so that it
    /// sends their changes instead of the pages; empty if it does not, which is the default. Any
    /// destination takes that. Not with multifd. QEMU: `xbzrle`, `xbzrle-cache-size`.
    public OptionalLong xbzrleCacheSize() {
        return xbzrleCacheSize;
    }

    /// The longest time for which the other end may neither take nor send a byte that this end
    /// waits for. Default 60 s. A source that waits in `pre-switchover` sends a ping every few
    /// seconds. QEMU waits forever.
    public Duration stallLimit() {
        return stallLimit;
    }

    /// The longest time from the stop of the machine until the destination has acknowledged; at the
    /// destination, from the acknowledgement to the decision of the source. Default 60 s. QEMU
    /// waits forever.
    public Duration switchoverLimit() {
        return switchoverLimit;
    }

    /// Builds parameters.
    public static final class Builder {
        private Duration downtimeLimit = Duration.ofMillis(300);
        private OptionalLong maxBandwidth = OptionalLong.empty();
        private boolean returnPath = true;
        private boolean switchoverAck;
        private boolean pauseBeforeSwitchover;
        private boolean autoConverge;
        private boolean postcopy;
        private OptionalInt multifdChannels = OptionalInt.empty();
        private RamFormat multifdFormat = RamFormat.MULTIFD;
        private MultifdForm multifdForm = MultifdForm.MACHINES_FROM_9_0;
        private OptionalLong xbzrleCacheSize = OptionalLong.empty();
        private Duration stallLimit = Duration.ofSeconds(60);
        private Duration switchoverLimit = Duration.ofSeconds(60);

        private Builder() {}

        /// Sets [MigrationParameters#downtimeLimit()].
        ///
        /// @throws IllegalArgumentException if it is negative
        public Builder downtimeLimit(Duration limit) {
            if (limit.isNegative()) {
                throw new IllegalArgumentException("a downtime limit of " + limit);
            }
            downtimeLimit = limit;
            return this;
        }

        /// Sets [MigrationParameters#maxBandwidth()].
        ///
        /// @throws IllegalArgumentException if it is not positive
        public Builder maxBandwidth(long bytesPerSecond) {
            if (bytesPerSecond <= 0) {
                throw new IllegalArgumentException("a bandwidth of " + bytesPerSecond);
            }
            maxBandwidth = OptionalLong.of(bytesPerSecond);
            return this;
        }

        /// Sets [MigrationParameters#returnPath()] to false.
        public Builder withoutReturnPath() {
            returnPath = false;
            return this;
        }

        /// Sets [MigrationParameters#switchoverAck()] to true.
        public Builder switchoverAck() {
            switchoverAck = true;
            return this;
        }

        /// Sets [MigrationParameters#pauseBeforeSwitchover()] to true.
        public Builder pauseBeforeSwitchover() {
            pauseBeforeSwitchover = true;
            return this;
        }

        /// Sets [MigrationParameters#autoConverge()] to true.
        public Builder autoConverge() {
            autoConverge = true;
            return this;
        }

        /// Sets [MigrationParameters#postcopy()] to true.
        public Builder postcopy() {
            postcopy = true;
            return this;
        }

        /// Sets [MigrationParameters#multifdChannels()].
        ///
        /// @throws IllegalArgumentException if it is not 1 to 255
        public Builder multifd(int channels) {
            if (channels < 1 || channels > MultifdSender.MAX_CHANNELS) {
                throw new IllegalArgumentException(channels + " multifd channels");
            }
            multifdChannels = OptionalInt.of(channels);
            return this;
        }

        /// Sets [MigrationParameters#multifdFormat()].
        ///
        /// @throws IllegalArgumentException if it has no channels
        public Builder multifdFormat(RamFormat format) {
            if (!format.multifd()) {
                throw new IllegalArgumentException(format + " has no channels");
            }
            multifdFormat = format;
            return this;
        }

        /// Sets [MigrationParameters#multifdForm()].
        public Builder multifdForm(MultifdForm form) {
            multifdForm = Objects.requireNonNull(form);
            return this;
        }

        /// Sets [MigrationParameters#xbzrleCacheSize()].
        ///
        /// @throws IllegalArgumentException if it is less than 64 KiB, the largest page
        public Builder xbzrle(long cacheBytes) {
            if (cacheBytes < MIN_CACHE_BYTES) {
                throw new IllegalArgumentException("a cache of " + cacheBytes + " bytes");
            }
            xbzrleCacheSize = OptionalLong.of(cacheBytes);
            return this;
        }

        /// Sets [MigrationParameters#stallLimit()].
        ///
        /// @throws IllegalArgumentException if it is not positive
        public Builder stallLimit(Duration limit) {
            stallLimit = positive(limit);
            return this;
        }

        /// Sets [MigrationParameters#switchoverLimit()].
        ///
        /// @throws IllegalArgumentException if it is not positive
        public Builder switchoverLimit(Duration limit) {
            switchoverLimit = positive(limit);
            return this;
        }

        private static Duration positive(Duration limit) {
            if (!Objects.requireNonNull(limit).isPositive()) {
                throw new IllegalArgumentException("a time limit of " + limit);
            }
            return limit;
        }

        /// Returns the parameters.
        ///
        /// @throws IllegalArgumentException if the switchover is to be acknowledged without a
        ///   return path
        public MigrationParameters build() {
            if (switchoverAck && !returnPath) {
                throw new IllegalArgumentException("switchover-ack needs return-path");
            }
            if (xbzrleCacheSize.isPresent() && multifdChannels.isPresent()) {
                throw new IllegalArgumentException("xbzrle does not go with multifd");
            }
            if (postcopy && (multifdChannels.isPresent() || !returnPath)) {
                throw new IllegalArgumentException(
                        "postcopy-ram needs return-path, and does not go with multifd");
            }
            return new MigrationParameters(this);
        }
    }
}
