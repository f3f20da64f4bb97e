// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// The bounds that input must keep, whatever its own counts and lengths claim.
///
/// A reader checks each count against these and, where the size of the input is known, against what
/// is left of it, before it spends memory or time on it. The defaults leave room for the largest
/// real machines.
///
/// @param maxNesting how deep structures, subsections, packaged commands and JSON may nest
/// @param maxSections how many devices one stream may have
/// @param maxCommands how many commands of one stream, or elements of one package, are kept
/// @param maxElements how many elements one queue, list, tree or array may have
/// @param maxBufferBytes how many bytes one value (a buffer, a bitmap, an opaque field) may have
/// @param maxDescriptionBytes how many bytes the JSON description may have
/// @param maxRetainedBytes how many bytes of a pipe are kept in memory for reading them again
public record ReadLimits(
        int maxNesting,
        int maxSections,
        int maxCommands,
        int maxElements,
        int maxBufferBytes,
        int maxDescriptionBytes,
        int maxRetainedBytes) {
    private static final int MIB = 1 << 20;

    /// The limits used where none are given.
    public static final ReadLimits DEFAULT =
            new ReadLimits(64, 1 << 16, 1 << 18, 16 * MIB, 256 * MIB, 64 * MIB, 16 * MIB);

    /// Limits that are all positive.
    public ReadLimits {
        if (maxNesting <= 0
                || maxSections <= 0
                || maxCommands <= 0
                || maxElements <= 0
                || maxBufferBytes <= 0
                || maxDescriptionBytes <= 0
                || maxRetainedBytes <= 0) {
            throw new IllegalArgumentException("limits must be positive");
        }
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
}
