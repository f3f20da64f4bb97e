// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.wire.WireReader;

/// Finds a description that ends where the source ends, without reading what is before it.
///
/// JSON text has no byte below 0x20 but white space, so the text is the last run of such bytes; the
/// tag and the length in front of it, and the end of the stream before those, must agree with where
/// it begins. That proves nothing about the stream that begins at the front: what lies behind its
/// end may be the rest of an older, longer one.
final class DescriptionLocator {
    /// The last bytes of the length may look like text.
    private static final int LENGTH_BYTES_LIKE_TEXT = 3;

    /// How much of a source that is not mapped is read at first.
    private static final int FIRST_BYTES = 1 << 16;

    private DescriptionLocator() {}

    /// The description that ends where the source ends, or nothing; `in` can seek, knows its end
    /// and is not moved.
    static Optional<Description> find(WireReader in) throws IOException {
        long size = in.remaining().orElseThrow();
        long limit = in.limits().maxDescriptionBytes() + 1L + StreamTags.DESCRIPTION_HEAD_BYTES;
        int most = (int) Math.min(size, Math.min(Integer.MAX_VALUE, limit));
        int length = in.mapped() ? most : Math.min(most, FIRST_BYTES);
        while (true) {
            long origin = in.position() + size - length;
            ByteBuffer tail = in.view(origin, length).asByteBuffer();
            int text = textStart(tail);
            if (text > StreamTags.DESCRIPTION_HEAD_BYTES || length == most) {
                return find(in, tail, text, origin);
            }
            length = (int) Math.min(most, 4L * length);
        }
    }

    private static Optional<Description> find(WireReader in, ByteBuffer tail, int text, long origin)
            throws IOException {
        int length = tail.limit();
        for (int json = text; json <= text + LENGTH_BYTES_LIKE_TEXT && json < length; json++) {
            int tag = json - StreamTags.DESCRIPTION_HEAD_BYTES;
            if (tag >= 1
                    && tail.get(tag) == StreamTags.DESCRIPTION
                    && tail.getInt(tag + 1) == length - json
                    && tail.get(tag - 1) == StreamTags.END_OF_STREAM) {
                long offset = origin + json;
                return Optional.of(
                        new Description(new Body.Present(offset, in.view(offset, length - json))));
            }
        }
        return Optional.empty();
    }

    private static int textStart(ByteBuffer tail) {
        int at = tail.limit();
        while (at > 0 && isText(tail.get(at - 1))) {
            at--;
        }
        return at;
    }

    private static boolean isText(byte b) {
        return (b & 0xe0) != 0 || b == '\n' || b == '\t' || b == '\r';
    }
}
