// SPDX-License-Identifier: Apache-2.0
package org.vmstate.interop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// An ELF core of 64 bits, read back by a reader of its own.
final class CoreFile {
    private static final int PT_LOAD = 1;
    private static final int PT_NOTE = 4;

    private final ByteBuffer bytes;
    private final List<Segment> segments = new ArrayList<>();
    private final List<Note> notes = new ArrayList<>();

    /// Memory in it.
    record Segment(long address, int at, int length) {}

    /// A note, its content in hexadecimal digits.
    record Note(String owner, int type, String content) {}

    private CoreFile(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    static CoreFile read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        bytes.order(bytes.get(5) == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        CoreFile core = new CoreFile(bytes);
        int headers = Math.toIntExact(bytes.getLong(32));
        for (int i = 0; i < bytes.getShort(56); i++) {
            int at = headers + i * 56;
            int offset = Math.toIntExact(bytes.getLong(at + 8));
            int length = Math.toIntExact(bytes.getLong(at + 32));
            switch (bytes.getInt(at)) {
                case PT_LOAD ->
                        core.segments.add(new Segment(bytes.getLong(at + 24), offset, length));
                case PT_NOTE -> core.notes(offset, offset + length);
                default -> throw new IOException("an odd program header");
            }
        }
        return core;
    }

    private void notes(int from, int end) {
        for (int at = from; at < end; ) {
            int name = bytes.getInt(at);
            int length = bytes.getInt(at + 4);
            int content = at + 12 + Math.ceilDiv(name, 4) * 4;
            notes.add(
                    new Note(
                            new String(copy(at + 12, name - 1), StandardCharsets.US_ASCII),
                            bytes.getInt(at + 8),
                            HexFormat.of().formatHex(copy(content, length))));
            at = content + Math.ceilDiv(length, 4) * 4;
        }
    }

    private byte[] copy(int at, int length) {
        byte[] copy = new byte[length];
        bytes.get(at, copy);
        return copy;
    }

    List<Note> notes() {
        return notes;
    }

    List<Segment> segments() {
        return segments;
    }

    /// Memory at a guest-physical address.
    ByteBuffer memory(long address, int length) {
        for (Segment segment : segments) {
            long within = address - segment.address();
            if (within >= 0 && within + length <= segment.length()) {
                return bytes.slice(segment.at() + (int) within, length);
            }
        }
        throw new AssertionError("no memory at 0x" + Long.toHexString(address));
    }
}
