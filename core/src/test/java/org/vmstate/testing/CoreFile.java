// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// An ELF core, read by a separate reader.
public final class CoreFile {
    private static final int PT_LOAD = 1;
    private static final int PT_NOTE = 4;
    private static final int PN_XNUM = 0xffff;

    private final ByteBuffer bytes;
    private final boolean wide;
    private final List<Segment> segments = new ArrayList<>();
    private final List<Note> notes = new ArrayList<>();

    /// A range of memory in the core.
    ///
    /// @param at the offset in the file
    public record Segment(long address, long at, long length) {
        @Override
        public String toString() {
            return "load 0x" + Long.toHexString(address) + " 0x" + Long.toHexString(length);
        }
    }

    /// A note with its content as hexadecimal digits.
    public record Note(String owner, int type, String content) {
        @Override
        public String toString() {
            return "note " + owner + " " + type + " " + content;
        }
    }

    private CoreFile(ByteBuffer bytes) {
        this.bytes = bytes;
        this.wide = bytes.get(4) == 2;
    }

    /// Reads a core with less than 2 GiB of memory.
    public static CoreFile read(Path file) throws IOException {
        return of(ByteBuffer.wrap(Files.readAllBytes(file)));
    }

    /// Reads a core from its first bytes, which contain all headers and notes.
    public static CoreFile of(ByteBuffer bytes) throws IOException {
        bytes.order(bytes.get(5) == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        CoreFile core = new CoreFile(bytes);
        int headers = Math.toIntExact(core.word(core.wide ? 32 : 28));
        int size = core.wide ? 56 : 32;
        for (int i = 0; i < core.count(); i++) {
            core.add(headers + i * size);
        }
        return core;
    }

    private void add(int header) throws IOException {
        int word = wide ? 8 : 4;
        int first = header + word;
        long offset = word(first);
        long address = word(first + 2 * word);
        long length = word(first + 3 * word);
        switch (bytes.getInt(header)) {
            case PT_LOAD -> segments.add(new Segment(address, offset, length));
            case PT_NOTE -> notes(Math.toIntExact(offset), Math.toIntExact(offset + length));
            default -> throw new IOException("an odd program header");
        }
    }

    private long word(int at) {
        return wide ? bytes.getLong(at) : Integer.toUnsignedLong(bytes.getInt(at));
    }

    private int count() {
        int count = Short.toUnsignedInt(bytes.getShort(wide ? 56 : 44));
        int section = Math.toIntExact(word(wide ? 40 : 32));
        return count == PN_XNUM ? bytes.getInt(section + (wide ? 44 : 28)) : count;
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

    /// Class, byte order and machine, in the format of `scripts/make-cores`.
    public String header() {
        return "elf " + bytes.get(4) + " " + bytes.get(5) + " " + bytes.getShort(18);
    }

    public List<Note> notes() {
        return notes;
    }

    public List<Segment> segments() {
        return segments;
    }

    /// The memory at a guest-physical address.
    public ByteBuffer memory(long address, long length) {
        for (Segment segment : segments) {
            long within = address - segment.address();
            if (within >= 0 && within + length <= segment.length()) {
                return bytes.slice((int) (segment.at() + within), (int) length);
            }
        }
        throw new AssertionError("no memory at 0x" + Long.toHexString(address));
    }
}
