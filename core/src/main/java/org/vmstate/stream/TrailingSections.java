// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import org.vmstate.internal.format.StreamTags;

/// Finds the run of full sections at the end of a stream by going backwards by their expected
/// lengths.
///
/// This locates the devices after gigabytes of RAM without reading the RAM. The run is accepted
/// only if it contains all sections that are still expected and directly follows a section of an
/// iterative device that was started at the beginning of the stream.
final class TrailingSections {
    /// The record that ends a body of `ram`.
    private static final int END_OF_RAM = 0x10;

    private final Ahead bytes;
    private final boolean footers;

    TrailingSections(Ahead bytes, boolean footers) {
        this.bytes = bytes;
        this.footers = footers;
    }

    /// Returns the offset of the first of the expected sections; empty if they do not end at `end`,
    /// or do not follow a section of an iterative device.
    ///
    /// @param first the lowest possible offset of the first section
    /// @param started whether an iterative device with a section id has been started
    OptionalLong find(long first, long end, List<ExpectedSection> expected, LongPredicate started)
            throws IOException {
        long at = end;
        for (ExpectedSection section : expected.reversed()) {
            at = startOf(first, at, section);
            if (at < 0) {
                return OptionalLong.empty();
            }
        }
        return followsIteration(first, at, started) ? OptionalLong.of(at) : OptionalLong.empty();
    }

    private boolean followsIteration(long first, long at, LongPredicate started)
            throws IOException {
        if (footers) {
            long footer = at - StreamTags.FOOTER_BYTES;
            return footer >= first
                    && bytes.u8(footer) == StreamTags.SECTION_FOOTER
                    && started.test(bytes.u32(footer + 1));
        }
        long record = at - Long.BYTES;
        return record >= first
                && bytes.u32(record) == 0
                && bytes.u32(record + Integer.BYTES) == END_OF_RAM;
    }

    private long startOf(long first, long end, ExpectedSection section) throws IOException {
        byte[] name = section.idString().getBytes(StandardCharsets.UTF_8);
        long bodyEnd = footers ? end - StreamTags.FOOTER_BYTES : end;
        int headBytes = StreamTags.headerBytes(name.length);
        if (section.bodyLength() > bodyEnd - headBytes - first) {
            return -1;
        }
        long start = bodyEnd - section.bodyLength() - headBytes;
        long nameStart = start + StreamTags.NAME_LENGTH_AT + 1;
        boolean fits =
                bytes.u8(start) == StreamTags.SECTION_FULL
                        && bytes.u8(start + StreamTags.NAME_LENGTH_AT) == name.length
                        && nameAt(nameStart, name)
                        && bytes.u32(nameStart + name.length) == section.instanceId();
        if (fits && footers) {
            fits =
                    bytes.u8(bodyEnd) == StreamTags.SECTION_FOOTER
                            && bytes.u32(bodyEnd + 1) == bytes.u32(start + 1);
        }
        return fits ? start : -1;
    }

    private boolean nameAt(long at, byte[] name) throws IOException {
        for (int i = 0; i < name.length; i++) {
            if (bytes.u8(at + i) != (name[i] & 0xff)) {
                return false;
            }
        }
        return true;
    }
}
