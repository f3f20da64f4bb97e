// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.io.PrintWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.vmstate.internal.file.MappedComparison;

/// A hex dump with sixteen bytes per row and their text. Repeated rows are replaced by one `*`.
final class HexDump {
    private static final int ROW = 16;
    private static final HexFormat SPACED = HexFormat.ofDelimiter(" ");

    private HexDump() {}

    /// Prints `bytes`, at most `rows` different rows; returns the number of bytes omitted.
    static long print(PrintWriter out, String indent, MemorySegment bytes, long rows) {
        long size = bytes.byteSize();
        long printed = 0;
        boolean starred = false;
        for (long at = 0; at < size; at += ROW) {
            MemorySegment row = bytes.asSlice(at, Math.min(ROW, size - at));
            boolean same =
                    at >= ROW
                            && at + ROW < size
                            && MappedComparison.mismatch(row, bytes.asSlice(at - ROW, ROW)) < 0;
            if (same) {
                if (!starred) {
                    out.println(indent + "*");
                }
                starred = true;
                continue;
            }
            if (printed == rows) {
                return size - at;
            }
            starred = false;
            printed++;
            byte[] values = row.toArray(ValueLayout.JAVA_BYTE);
            out.printf("%s%06x  %-47s  %s%n", indent, at, SPACED.formatHex(values), text(values));
        }
        return 0;
    }

    private static String text(byte[] values) {
        StringBuilder text = new StringBuilder(values.length);
        for (byte b : values) {
            text.append(b >= 0x20 && b < 0x7f ? (char) b : '.');
        }
        return text.toString();
    }
}
