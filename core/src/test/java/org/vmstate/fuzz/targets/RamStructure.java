// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import org.vmstate.fuzz.Structure;
import org.vmstate.fuzz.Structure.Kind;

/// The structure of the records in a body of RAM. For other bodies the result is meaningless.
final class RamStructure {
    private static final int ZERO = 0x02;
    private static final int BLOCKS = 0x04;
    private static final int PAGE = 0x08;
    private static final int END = 0x10;
    private static final int CONTINUE = 0x20;
    private static final int DELTA = 0x40;
    private static final int COMPRESSED = 0x100;
    private static final int FLUSH = 0x200;

    /// The size of the pages in the seeds.
    static final int PAGE_BYTES = 1024;

    private final byte[] input;
    private final int to;
    private final Structure structure;

    private RamStructure(byte[] input, int to, Structure structure) {
        this.input = input;
        this.to = to;
        this.structure = structure;
    }

    /// Adds the records of a body.
    static void add(byte[] input, int from, int to, Structure structure) {
        RamStructure records = new RamStructure(input, to, structure);
        int at = from;
        while (at >= 0 && at + 8 <= to) {
            int end = records.record(at);
            if (end > at && end <= to) {
                structure.number(at, 8);
                structure.element(at, end);
            } else {
                end = -1;
            }
            at = end;
        }
    }

    private int record(int at) {
        long header = value(at, 8);
        int kind = (int) header & 0x3ff & ~CONTINUE;
        if (kind == BLOCKS) {
            return blocks(at + 8, header & ~BLOCKS);
        }
        int end = at + 8;
        if ((header & CONTINUE) == 0
                && (kind == ZERO || kind == PAGE || kind == DELTA || kind == COMPRESSED)) {
            end = counted(end, 1, Kind.TEXT);
        }
        if (end < 0) {
            return -1;
        }
        return switch (kind) {
            case ZERO -> end + 1;
            case PAGE -> end + PAGE_BYTES;
            case DELTA -> counted(end + 1, 2, Kind.BYTES);
            case COMPRESSED -> counted(end, 4, Kind.BYTES);
            case END, FLUSH -> end;
            default -> -1;
        };
    }

    private int blocks(int from, long total) {
        int at = from;
        long left = total;
        while (left > 0) {
            int end = counted(at, 1, Kind.TEXT);
            if (end < 0 || end + 8 > to) {
                return -1;
            }
            structure.number(end, 8);
            left -= value(end, 8);
            structure.element(at, end + 8);
            at = end + 8;
        }
        return at;
    }

    private int counted(int at, int width, Kind kind) {
        return StreamStructure.counted(input, at, width, to, kind, structure);
    }

    private long value(int at, int width) {
        return StreamStructure.value(input, at, width);
    }
}
