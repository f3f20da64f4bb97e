// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.LongSupplier;

/// The decoded contents of consecutive compressed members, possibly with zeros between them.
///
/// The data ends where no member follows; bytes after that are not read. For decoders that read one
/// member to its last byte and no further.
final class Members extends BulkInputStream {
    private final byte[] magic;
    private final PushbackInputStream packed;
    private final LongSupplier position;
    private final Unpacker unpacker;
    private long memberStart;
    private InputStream member;
    private boolean ended;

    /// Creates a stream of members, the first of which begins at the position of `packed`.
    ///
    /// @param magic the first bytes of each member
    /// @param position returns the number of bytes read of `packed`
    /// @param unpacker decodes one member
    Members(String magic, InputStream packed, LongSupplier position, Unpacker unpacker)
            throws IOException {
        this.position = position;
        this.memberStart = position.getAsLong();
        this.magic = magic.getBytes(StandardCharsets.ISO_8859_1);
        this.packed = new PushbackInputStream(packed, this.magic.length);
        this.unpacker = unpacker;
        this.member = unpacker.unpack(this.packed);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!ended) {
            int got = member.read(target, offset, length);
            if (got >= 0) {
                return got;
            }
            if (position.getAsLong() > memberStart && memberFollows()) {
                memberStart = position.getAsLong();
                member = unpacker.unpack(packed);
            } else {
                ended = true;
            }
        }
        return -1;
    }

    private boolean memberFollows() throws IOException {
        int next = packed.read();
        while (next == 0) {
            next = packed.read();
        }
        if (next < 0) {
            return false;
        }
        packed.unread(next);
        byte[] head = packed.readNBytes(magic.length);
        packed.unread(head);
        return Arrays.equals(head, magic);
    }

    @Override
    public void close() throws IOException {
        member.close();
        packed.close();
    }
}
