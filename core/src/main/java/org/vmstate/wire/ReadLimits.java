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
    private final int maxDescriptionValues;
    private final int maxNameLength;
    private final int maxEmptyElements;
    private final int maxRetainedBytes;
    private final long maxTemporaryBytes;

    private ReadLimits(Builder builder) {
        this.maxNesting = builder.maxNesting;
        this.maxSections = builder.maxSections;
        this.maxCommands = builder.maxCommands;
        this.maxElements = builder.maxElements;
        this.maxBufferBytes = builder.maxBufferBytes;
        this.maxDescriptionBytes = builder.maxDescriptionBytes;
        this.maxDescriptionValues = builder.maxDescriptionValues;
        this.maxNameLength = builder.maxNameLength;
        this.maxEmptyElements = builder.maxEmptyElements;
        this.maxRetainedBytes = builder.maxRetainedBytes;
        this.maxTemporaryBytes = builder.maxTemporaryBytes;
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
        builder.maxDescriptionValues = maxDescriptionValues;
        builder.maxNameLength = maxNameLength;
        builder.maxEmptyElements = maxEmptyElements;
        builder.maxRetainedBytes = maxRetainedBytes;
        builder.maxTemporaryBytes = maxTemporaryBytes;
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

    /// How many values that take no bytes one body may have, each counted wherever it would be
    /// shown: an empty structure in an array of 10 in an array of 20 counts 200 times.
    public int maxEmptyElements() {
        return maxEmptyElements;
    }

    /// How many bytes one value (a buffer, a bitmap, an opaque field) may have.
    public int maxBufferBytes() {
        return maxBufferBytes;
    }

    /// How many bytes the JSON description may have.
    public int maxDescriptionBytes() {
        return maxDescriptionBytes;
    }

    /// How many values the JSON description may have: objects, lists, strings, numbers and words.
    public int maxDescriptionValues() {
        return maxDescriptionValues;
    }

    /// How many characters a name in the JSON description may have.
    public int maxNameLength() {
        return maxNameLength;
    }

    /// How many bytes of a pipe, or of what a container unpacks to, are kept in memory for reading
    /// them again. More of them go to a temporary file.
    public int maxRetainedBytes() {
        return maxRetainedBytes;
    }

    /// How many bytes the temporary file of a pipe, or of what a container unpacks to, may have;
    /// zeros in it do not count.
    public long maxTemporaryBytes() {
        return maxTemporaryBytes;
    }

    /// Throws unless `count` elements of something may exist; `what` names it in the error.
    public void checkElements(long count, String what, long offset) throws LimitExceededException {
        check(count, maxElements, "maxElements", what, "elements", offset);
    }

    /// Throws unless a body may have `count` values that take no bytes.
    public void checkEmptyElements(long count, long offset) throws LimitExceededException {
        check(count, maxEmptyElements, "maxEmptyElements", "a body", "values of no bytes", offset);
    }

    /// Throws unless a stream may have `count` sections.
    public void checkSections(long count, long offset) throws LimitExceededException {
        check(count, maxSections, "maxSections", "stream", "sections", offset);
    }

    /// Throws unless `count` commands of a stream or elements of a package may be kept; `what`
    /// names them in the error.
    public void checkCommands(long count, String what, long offset) throws LimitExceededException {
        check(count, maxCommands, "maxCommands", what, "commands", offset);
    }

    /// Throws unless a value of `length` bytes may exist; `what` names it in the error.
    public void checkBuffer(long length, String what, long offset) throws LimitExceededException {
        check(length, maxBufferBytes, "maxBufferBytes", what, "bytes", offset);
    }

    /// Throws unless a description may have `length` bytes.
    public void checkDescription(long length, long offset) throws LimitExceededException {
        check(length, maxDescriptionBytes, "maxDescriptionBytes", "a description", "bytes", offset);
    }

    /// Throws unless a description may have `count` values.
    public void checkDescriptionValues(long count, long offset) throws LimitExceededException {
        check(
                count,
                maxDescriptionValues,
                "maxDescriptionValues",
                "a description",
                "values",
                offset);
    }

    /// Throws unless a name in a description may have `length` characters.
    public void checkName(long length, long offset) throws LimitExceededException {
        check(length, maxNameLength, "maxNameLength", "a name", "characters", offset);
    }

    /// Throws unless a temporary file may have `length` bytes.
    public void checkTemporary(long length, long offset) throws LimitExceededException {
        check(length, maxTemporaryBytes, "maxTemporaryBytes", "a temporary file", "bytes", offset);
    }

    /// Throws unless structures may nest `depth` deep.
    public void checkNesting(int depth, long offset) throws LimitExceededException {
        check(depth, maxNesting, "maxNesting", "nesting", "levels", offset);
    }

    private static void check(
            long value, long limit, String name, String what, String unit, long offset)
            throws LimitExceededException {
        if (Long.compareUnsigned(value, limit) > 0) {
            throw new LimitExceededException(
                    what
                            + " of "
                            + Long.toUnsignedString(value)
                            + " "
                            + unit
                            + ", the limit is "
                            + limit
                            + " ("
                            + name
                            + ")",
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
        private int maxDescriptionValues = 2 * MIB;
        private int maxNameLength = 1024;
        private int maxEmptyElements = 1 << 12;
        private int maxRetainedBytes = 16 * MIB;
        private long maxTemporaryBytes = 16L << 30;

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

        /// Sets [ReadLimits#maxDescriptionValues()].
        public Builder maxDescriptionValues(int limit) {
            this.maxDescriptionValues = positive(limit, "maxDescriptionValues");
            return this;
        }

        /// Sets [ReadLimits#maxNameLength()].
        public Builder maxNameLength(int limit) {
            this.maxNameLength = positive(limit, "maxNameLength");
            return this;
        }

        /// Sets [ReadLimits#maxEmptyElements()].
        public Builder maxEmptyElements(int limit) {
            this.maxEmptyElements = positive(limit, "maxEmptyElements");
            return this;
        }

        /// Sets [ReadLimits#maxRetainedBytes()].
        public Builder maxRetainedBytes(int limit) {
            this.maxRetainedBytes = positive(limit, "maxRetainedBytes");
            return this;
        }

        /// Sets [ReadLimits#maxTemporaryBytes()].
        public Builder maxTemporaryBytes(long limit) {
            this.maxTemporaryBytes = positive(limit, "maxTemporaryBytes");
            return this;
        }

        /// The limits as set so far.
        public ReadLimits build() {
            return new ReadLimits(this);
        }

        private static int positive(int limit, String name) {
            return (int) positive((long) limit, name);
        }

        private static long positive(long limit, String name) {
            if (limit <= 0) {
                throw new IllegalArgumentException(name + " must be positive: " + limit);
            }
            return limit;
        }
    }
}
