// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// A note of an ELF core.
///
/// @param owner the namespace of the type: `CORE`, `LINUX` or `QEMU`
/// @param type the kind of content
/// @param content the content: all bytes of the buffer, independent of its position
record ElfNote(String owner, int type, ByteBuffer content) {
    private static final int HEADER_BYTES = 12;
    private static final int ALIGNMENT = 4;

    /// Creates a note of a type that System V defines.
    static ElfNote core(int type, ByteBuffer content) {
        return new ElfNote("CORE", type, content);
    }

    /// Creates a note of a type that Linux defines.
    static ElfNote linux(int type, ByteBuffer content) {
        return new ElfNote("LINUX", type, content);
    }

    /// Creates a note of a type that QEMU defines.
    static ElfNote qemu(int type, ByteBuffer content) {
        return new ElfNote("QEMU", type, content);
    }

    /// The encoded note.
    byte[] bytes(ByteOrder order) {
        int name = padded(owner.length() + 1);
        int size = content.capacity();
        byte[] bytes = new byte[HEADER_BYTES + name + padded(size)];
        ByteBuffer out = ByteBuffer.wrap(bytes).order(order);
        out.putInt(owner.length() + 1).putInt(size).putInt(type);
        out.put(owner.getBytes(StandardCharsets.US_ASCII));
        out.put(HEADER_BYTES + name, content.duplicate().clear(), 0, size);
        return bytes;
    }

    private static int padded(int length) {
        return Math.ceilDiv(length, ALIGNMENT) * ALIGNMENT;
    }
}
