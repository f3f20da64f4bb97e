// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import java.nio.ByteOrder;
import org.vmstate.fuzz.Structure;
import org.vmstate.fuzz.Structure.Kind;

/// The structure of a migration stream, found by its tags and footers, up to the first malformed
/// element.
final class StreamStructure {
    private static final int HEADER_BYTES = 8;
    private static final int CONFIGURATION = 0x07;
    private static final int SUBSECTION = 0x05;
    private static final int DESCRIPTION = 0x06;
    private static final int COMMAND = 0x08;
    private static final int FOOTER = 0x7e;
    private static final int PACKAGED = 7;
    private static final int MAX_DEPTH = 4;

    private final byte[] input;
    private final Structure structure;

    private StreamStructure(byte[] input, Structure structure) {
        this.input = input;
        this.structure = structure;
    }

    static Structure of(byte[] input) {
        Structure structure = new Structure();
        add(input, 0, input.length, structure);
        return structure;
    }

    /// Adds the structure of a stream that is a part of an input.
    static void add(byte[] input, int from, int to, Structure structure) {
        StreamStructure stream = new StreamStructure(input, structure);
        if (to - from >= HEADER_BYTES) {
            structure.number(from + 4, 4);
            stream.elements(from + HEADER_BYTES, to, 0);
        }
    }

    private void elements(int from, int to, int depth) {
        int at = from;
        while (at < to) {
            int end = element(at, to, depth);
            if (end <= at || end > to) {
                structure.span(at, to, Kind.BYTES);
                return;
            }
            structure.element(at, end);
            at = end;
        }
    }

    /// Returns the end of an element; a number outside `at` + 1 to `to` if it is malformed.
    private int element(int at, int to, int depth) {
        return switch (input[at]) {
            case 0 -> at + 1;
            case 1, 4 -> {
                int name = numbers(at + 1, to, 4);
                int end = name < 0 ? -1 : text(name, 1, to);
                yield end < 0 ? -1 : body(at, numbers(end, to, 4, 4), to);
            }
            case 2, 3 -> body(at, numbers(at + 1, to, 4), to);
            case FOOTER -> numbers(at + 1, to, 4);
            case CONFIGURATION -> configuration(at, to);
            case DESCRIPTION -> {
                int start = numbers(at + 1, to, 4);
                long length = start < 0 ? -1 : value(at + 1, 4);
                if (length < 0 || length > to - start) {
                    yield -1;
                }
                int end = start + (int) length;
                structure.length(at + 1, 4, start, end);
                JsonStructure.add(input, start, end, structure);
                yield end;
            }
            case COMMAND -> command(at, to, depth);
            default -> -1;
        };
    }

    private int configuration(int at, int to) {
        int end = text(at + 1, 4, to);
        while (end >= 0 && end < to && input[end] == SUBSECTION) {
            int start = end;
            int name = end + 2 + "configuration/".length();
            int content = text(end + 1, 1, to);
            if (content < 0 || content + 4 > to) {
                return end;
            }
            structure.number(content, 4);
            end = content + 4;
            if (name < content && input[name] == 'c') {
                int count = end;
                end = numbers(end, to, 4);
                for (long i = end < 0 ? 0 : value(count, 4); i > 0 && end >= 0 && end < to; i--) {
                    int capability = end;
                    end = text(end, 1, to);
                    if (end > 0) {
                        structure.element(capability, end);
                    }
                }
            } else {
                end = Math.min(to, end + (input[start + 1] == 26 ? 16 : 4));
            }
            structure.element(start, end);
        }
        return end;
    }

    private int command(int at, int to, int depth) {
        int end = numbers(at + 1, to, 2, 2);
        if (end < 0) {
            return -1;
        }
        int data = end;
        end += (int) value(at + 3, 2);
        if (end > to) {
            return -1;
        }
        structure.length(at + 3, 2, data, end);
        if (value(at + 1, 2) != PACKAGED || end < data + 4) {
            return end;
        }
        long length = value(data, 4);
        if (length > to - end) {
            return -1;
        }
        structure.length(data, 4, end, end + (int) length);
        if (depth < MAX_DEPTH) {
            elements(end, end + (int) length, depth + 1);
        }
        return end + (int) length;
    }

    /// Returns the end of a body, that is, the offset of the footer with the id of its section; -1
    /// if there is none.
    private int body(int at, int from, int to) {
        if (from < 0) {
            return -1;
        }
        int end = from;
        while (end < to && !footer(at, end, to)) {
            end++;
        }
        if (end == to) {
            return -1;
        }
        structure.span(from, end, Kind.BYTES);
        RamStructure.add(input, from, end, structure);
        return end;
    }

    private boolean footer(int at, int end, int to) {
        return input[end] == FOOTER
                && end + 5 <= to
                && input[end + 1] == input[at + 1]
                && input[end + 2] == input[at + 2]
                && input[end + 3] == input[at + 3]
                && input[end + 4] == input[at + 4];
    }

    /// Adds a counted text; returns its end, or -1 if it exceeds `to`.
    private int text(int at, int width, int to) {
        return counted(input, at, width, to, Kind.TEXT, structure);
    }

    /// Adds a length and the bytes that it counts; returns their end, or -1 if they exceed `to`.
    static int counted(byte[] input, int at, int width, int to, Kind kind, Structure structure) {
        if (at + width > to) {
            return -1;
        }
        long length = value(input, at, width);
        int from = at + width;
        if (length > to - from) {
            return -1;
        }
        int end = from + (int) length;
        structure.length(at, width, from, end);
        structure.span(from, end, kind);
        return end;
    }

    private int numbers(int from, int to, int... widths) {
        int at = from;
        for (int width : widths) {
            if (at < 0 || at + width > to) {
                return -1;
            }
            structure.number(at, width);
            at += width;
        }
        return at;
    }

    private long value(int at, int width) {
        return value(input, at, width);
    }

    static long value(byte[] input, int at, int width) {
        return new Structure.Numeral(at, width, ByteOrder.BIG_ENDIAN).get(input);
    }
}
