// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmstate.ram.RamImage;

/// The note in which a Linux guest describes its kernel for debuggers.
///
/// The guest tells the `vmcoreinfo` device its location. If there is no such device, memory is
/// searched for an ELF note with the name `VMCOREINFO` and a text that begins with `OSRELEASE=`.
final class VmcoreInfo {
    private static final String NAME = "VMCOREINFO";
    private static final byte[] PATTERN =
            (NAME + "\0\0OSRELEASE=").getBytes(StandardCharsets.ISO_8859_1);
    private static final int NOTE_HEADER = 12;
    private static final int NAME_BYTES = 12;
    private static final int MAX_BYTES = 1 << 16;
    private static final int CHUNK = 1 << 20;

    private VmcoreInfo() {}

    /// Reads the whole note, including its header, at the guest-physical address in the device's
    /// state.
    static Optional<byte[]> at(
            RamImage image, List<GuestRange> ranges, long address, long size, ByteOrder order)
            throws IOException {
        if (size <= NOTE_HEADER + NAME_BYTES || size > MAX_BYTES) {
            return Optional.empty();
        }
        for (GuestRange range : ranges) {
            if (address >= range.address()
                    && address < range.end()
                    && size <= range.end() - address) {
                byte[] note = new byte[(int) size];
                image.read(
                        range.block(),
                        range.offset() + address - range.address(),
                        note,
                        0,
                        note.length);
                return whole(note, order);
            }
        }
        return Optional.empty();
    }

    /// Searches memory for the first note.
    static Optional<byte[]> search(RamImage image, List<GuestRange> ranges, ByteOrder order)
            throws IOException {
        byte[] chunk = new byte[CHUNK + MAX_BYTES];
        for (GuestRange range : ranges) {
            long end = range.offset() + range.length();
            long at = range.offset();
            while (at < end) {
                long data = image.nextData(range.block(), at);
                if (data < 0 || data >= end) {
                    break;
                }
                int count = (int) Math.min(chunk.length, end - data);
                image.read(range.block(), data, chunk, 0, count);
                OptionalLong found = find(chunk, count);
                if (found.isPresent()) {
                    int start = (int) found.getAsLong() - NOTE_HEADER;
                    if (start >= 0) {
                        Optional<byte[]> note =
                                whole(
                                        Arrays.copyOfRange(
                                                chunk, start, Math.min(count, start + MAX_BYTES)),
                                        order);
                        if (note.isPresent()) {
                            return note;
                        }
                    }
                }
                at = data + Math.min(CHUNK, count);
            }
        }
        return Optional.empty();
    }

    /// The index of the note's name, a multiple of 4.
    private static OptionalLong find(byte[] bytes, int count) {
        for (int i = 0; i <= count - PATTERN.length; i += 4) {
            if (bytes[i] == PATTERN[0]
                    && bytes[i + 1] == PATTERN[1]
                    && Arrays.equals(bytes, i, i + PATTERN.length, PATTERN, 0, PATTERN.length)) {
                return OptionalLong.of(i);
            }
        }
        return OptionalLong.empty();
    }

    /// The note at the start of an array, if its sizes are valid.
    private static Optional<byte[]> whole(byte[] bytes, ByteOrder order) {
        ByteBuffer header = ByteBuffer.wrap(bytes).order(order);
        long nameSize = Integer.toUnsignedLong(header.getInt());
        long textSize = Integer.toUnsignedLong(header.getInt());
        long total = NOTE_HEADER + NAME_BYTES + Math.ceilDiv(textSize, 4L) * 4;
        String name = new String(bytes, NOTE_HEADER, NAME.length(), StandardCharsets.ISO_8859_1);
        return nameSize == NAME.length() + 1 && name.equals(NAME) && total <= bytes.length
                ? Optional.of(Arrays.copyOf(bytes, (int) total))
                : Optional.empty();
    }
}
