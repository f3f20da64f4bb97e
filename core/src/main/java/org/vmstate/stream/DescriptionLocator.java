// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.wire.WireReader;

/// Finds a description at the end of a source without reading the bytes before it.
///
/// A JSON text contains no bytes below 0x20 except white space, so the text is the last run of
/// bytes without others. The tag and length before it, and the end-of-stream byte before those,
/// must match its beginning. This does not prove that the description belongs to the stream at the
/// beginning of the source, which may be followed by the rest of an older, longer stream.
final class DescriptionLocator {
    /// The last bytes of the length may look like text.
    private static final int LENGTH_BYTES_LIKE_TEXT = 3;

    /// The number of bytes of an unmapped source to read first.
    private static final int FIRST_BYTES = 1 << 16;

    private DescriptionLocator() {}

    /// Returns the description at the end of the source, if there is one. `in` must be seekable and
    /// of known size; it is not moved.
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
