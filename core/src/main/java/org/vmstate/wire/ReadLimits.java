// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// The limits that a reader enforces on its input, whatever counts and lengths the input claims.
///
/// Each count is checked against these and, where the size of the input is known, against what is
/// left of it, before memory or time is spent on it. The defaults leave room for the largest real
/// machines. All limits are positive. Immutable.
///
/// ```java
/// ReadLimits small = ReadLimits.builder().maxElements(1000).maxBufferBytes(1 << 20).build();
/// ```
public final class ReadLimits {
    private static final int MIB = 1 << 20;

    /// The limits used where none are given.
    public static final ReadLimits DEFAULT = new Builder().build();

    private final int maxNesting;
    private final int maxSections;
    private final int maxCommands;
    private final int maxElements;
    private final int maxBufferBytes;
    private final int maxDescriptionBytes;
    private final int maxRetainedBytes;

    private ReadLimits(Builder builder) {
        this.maxNesting = builder.maxNesting;
        this.maxSections = builder.maxSections;
        this.maxCommands = builder.maxCommands;
        this.maxElements = builder.maxElements;
        this.maxBufferBytes = builder.maxBufferBytes;
        this.maxDescriptionBytes = builder.maxDescriptionBytes;
        this.maxRetainedBytes = builder.maxRetainedBytes;
    }

    /// A builder that starts from the [defaults][#DEFAULT].
    public static Builder builder() {
        return new Builder();
    }

    /// A builder that starts from these limits.
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.maxNesting = maxNesting;
        builder.maxSections = maxSections;
        builder.maxCommands = maxCommands;
        builder.maxElements = maxElements;
        builder.maxBufferBytes = maxBufferBytes;
        builder.maxDescriptionBytes = maxDescriptionBytes;
        builder.maxRetainedBytes = maxRetainedBytes;
        return builder;
    }

    /// How deep structures, subsections, packaged commands and JSON may nest.
    public int maxNesting() {
        return maxNesting;
    }

    /// How many devices one stream may have.
    public int maxSections() {
        return maxSections;
    }

    /// How many commands of one stream, or elements of one package, are kept.
    public int maxCommands() {
        return maxCommands;
    }

    /// How many elements one queue, list, tree or array may have.
    public int maxElements() {
        return maxElements;
    }

    /// How many bytes one value (a buffer, a bitmap, an opaque field) may have.
    public int maxBufferBytes() {
        return maxBufferBytes;
    }

    /// How many bytes the JSON description may have.
    public int maxDescriptionBytes() {
        return maxDescriptionBytes;
    }

    /// How many bytes of a pipe are kept in memory for reading them again.
    public int maxRetainedBytes() {
        return maxRetainedBytes;
    }

    /// Throws unless `count` elements of something may exist; `what` names it in the error.
    public void checkElements(long count, String what, long offset) throws LimitExceededException {
        check(count, maxElements, what, "elements", offset);
    }

    /// Throws unless a stream may have `count` sections.
    public void checkSections(long count, long offset) throws LimitExceededException {
        check(count, maxSections, "stream", "sections", offset);
    }

    /// Throws unless `count` commands of a stream or elements of a package may be kept; `what`
    /// names them in the error.
    public void checkCommands(long count, String what, long offset) throws LimitExceededException {
        check(count, maxCommands, what, "commands", offset);
    }

    /// Throws unless a value of `length` bytes may exist; `what` names it in the error.
    public void checkBuffer(long length, String what, long offset) throws LimitExceededException {
        check(length, maxBufferBytes, what, "bytes", offset);
    }

    /// Throws unless structures may nest `depth` deep.
    public void checkNesting(int depth, long offset) throws LimitExceededException {
        check(depth, maxNesting, "nesting", "levels", offset);
    }

    private static void check(long value, long limit, String what, String unit, long offset)
            throws LimitExceededException {
        if (Long.compareUnsigned(value, limit) > 0) {
            throw new LimitExceededException(
                    what
                            + " of "
                            + Long.toUnsignedString(value)
                            + " "
                            + unit
                            + ", the limit is "
                            + limit,
                    offset);
        }
    }

    /// Collects limits; each must be positive.
    public static final class Builder {
        private int maxNesting = 64;
        private int maxSections = 1 << 16;
        private int maxCommands = 1 << 18;
        private int maxElements = 16 * MIB;
        private int maxBufferBytes = 256 * MIB;
        private int maxDescriptionBytes = 64 * MIB;
        private int maxRetainedBytes = 16 * MIB;

        private Builder() {}

        /// Sets [ReadLimits#maxNesting()].
        public Builder maxNesting(int limit) {
            this.maxNesting = positive(limit, "maxNesting");
            return this;
        }

        /// Sets [ReadLimits#maxSections()].
        public Builder maxSections(int limit) {
            this.maxSections = positive(limit, "maxSections");
            return this;
        }

        /// Sets [ReadLimits#maxCommands()].
        public Builder maxCommands(int limit) {
            this.maxCommands = positive(limit, "maxCommands");
            return this;
        }

        /// Sets [ReadLimits#maxElements()].
        public Builder maxElements(int limit) {
            this.maxElements = positive(limit, "maxElements");
            return this;
        }

        /// Sets [ReadLimits#maxBufferBytes()].
        public Builder maxBufferBytes(int limit) {
            this.maxBufferBytes = positive(limit, "maxBufferBytes");
            return this;
        }

        /// Sets [ReadLimits#maxDescriptionBytes()].
        public Builder maxDescriptionBytes(int limit) {
            this.maxDescriptionBytes = positive(limit, "maxDescriptionBytes");
            return this;
        }

        /// Sets [ReadLimits#maxRetainedBytes()].
        public Builder maxRetainedBytes(int limit) {
            this.maxRetainedBytes = positive(limit, "maxRetainedBytes");
            return this;
        }

        /// The limits as set so far.
        public ReadLimits build() {
            return new ReadLimits(this);
        }

        private static int positive(int limit, String name) {
            if (limit <= 0) {
                throw new IllegalArgumentException(name + " must be positive: " + limit);
            }
            return limit;
        }
    }
}
