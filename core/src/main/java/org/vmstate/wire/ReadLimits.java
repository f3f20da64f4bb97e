// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// The limits that a reader enforces on its input, regardless of the counts and lengths in the
/// input.
///
/// Each count is checked against these limits and, if the size of the input is known, against the
/// rest of the input, before memory or time is spent on it. The defaults are sufficient for the
/// largest real machines. All limits are positive. Immutable.
///
/// ```java
/// ReadLimits small = ReadLimits.builder().maxElements(1000).maxBufferBytes(1 << 20).build();
/// ```
public final class ReadLimits {
    private static final int MIB = 1 << 20;

    /// The default limits.
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

    /// Returns a builder initialized with the [defaults][#DEFAULT].
    public static Builder builder() {
        return new Builder();
    }

    /// Returns a builder initialized with these limits.
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

    /// The maximum nesting depth of structures, subsections, packaged commands and JSON.
    public int maxNesting() {
        return maxNesting;
    }

    /// The maximum number of devices in a stream.
    public int maxSections() {
        return maxSections;
    }

    /// The maximum number of commands of a stream, or elements of a package, that are kept.
    public int maxCommands() {
        return maxCommands;
    }

    /// The maximum number of elements of a queue, list, tree or array.
    public int maxElements() {
        return maxElements;
    }

    /// The maximum number of values without bytes in a body. Each is counted as often as it would
    /// be shown: an empty structure in an array of 10 in an array of 20 counts 200 times.
    public int maxEmptyElements() {
        return maxEmptyElements;
    }

    /// The maximum number of bytes of a value (a buffer, a bitmap, an opaque field).
    public int maxBufferBytes() {
        return maxBufferBytes;
    }

    /// The maximum number of bytes of the JSON description.
    public int maxDescriptionBytes() {
        return maxDescriptionBytes;
    }

    /// The maximum number of values in the JSON description: objects, lists, strings, numbers and
    /// literal names.
    public int maxDescriptionValues() {
        return maxDescriptionValues;
    }

    /// The maximum number of characters of a name in the JSON description.
    public int maxNameLength() {
        return maxNameLength;
    }

    /// The maximum number of bytes of a pipe, or of an unpacked container, that are kept in memory
    /// to be read again. If there are more, they are kept in a temporary file.
    public int maxRetainedBytes() {
        return maxRetainedBytes;
    }

    /// The maximum number of bytes in the temporary file of a pipe or of an unpacked container, not
    /// counting blocks of zeros.
    public long maxTemporaryBytes() {
        return maxTemporaryBytes;
    }

    /// Throws if `count` elements exceed the limit; `what` is the name of their container in the
    /// error.
    public void checkElements(long count, String what, long offset) throws LimitExceededException {
        check(count, maxElements, "maxElements", what, "elements", offset);
    }

    /// Throws if `count` values without bytes in a body exceed the limit.
    public void checkEmptyElements(long count, long offset) throws LimitExceededException {
        check(count, maxEmptyElements, "maxEmptyElements", "a body", "values of no bytes", offset);
    }

    /// Throws if `count` sections of a stream exceed the limit.
    public void checkSections(long count, long offset) throws LimitExceededException {
        check(count, maxSections, "maxSections", "stream", "sections", offset);
    }

    /// Throws if `count` commands of a stream, or elements of a package, exceed the limit; `what`
    /// is the name of the stream or package in the error.
    public void checkCommands(long count, String what, long offset) throws LimitExceededException {
        check(count, maxCommands, "maxCommands", what, "commands", offset);
    }

    /// Throws if a value of `length` bytes exceeds the limit; `what` is the name of the value in
    /// the error.
    public void checkBuffer(long length, String what, long offset) throws LimitExceededException {
        check(length, maxBufferBytes, "maxBufferBytes", what, "bytes", offset);
    }

    /// Throws if a description of `length` bytes exceeds the limit.
    public void checkDescription(long length, long offset) throws LimitExceededException {
        check(length, maxDescriptionBytes, "maxDescriptionBytes", "a description", "bytes", offset);
    }

    /// Throws if `count` values of a description exceed the limit.
    public void checkDescriptionValues(long count, long offset) throws LimitExceededException {
        check(
                count,
                maxDescriptionValues,
                "maxDescriptionValues",
                "a description",
                "values",
                offset);
    }

    /// Throws if a name of `length` characters in a description exceeds the limit.
    public void checkName(long length, long offset) throws LimitExceededException {
        check(length, maxNameLength, "maxNameLength", "a name", "characters", offset);
    }

    /// Throws if a temporary file of `length` bytes exceeds the limit.
    public void checkTemporary(long length, long offset) throws LimitExceededException {
        check(length, maxTemporaryBytes, "maxTemporaryBytes", "a temporary file", "bytes", offset);
    }

    /// Throws if a nesting depth of `depth` exceeds the limit.
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

    /// A builder of limits. Each limit must be positive.
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

        /// Returns the limits.
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
