// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

import org.vmstate.wire.WireReader;

/// Finds the description at the end of a stream without reading what is before it.
///
/// JSON text has no byte below 0x20 but white space, so the text is the last run of such bytes; the
/// tag and the length in front of it, and the end of the stream before those, must agree with where
/// it begins.
public final class DescriptionLocator {
    private static final int HEAD_BYTES = 5;

    /// The last bytes of the length may look like text.
    private static final int LENGTH_BYTES_LIKE_TEXT = 3;

    private DescriptionLocator() {}

    /// The description that ends where the source ends, or nothing; `in` can seek and is not moved.
    public static Optional<Description> find(WireReader in) throws IOException {
        long size = in.remaining().orElseThrow();
        long most =
                Math.min(Integer.MAX_VALUE, in.limits().maxDescriptionBytes() + 1L + HEAD_BYTES);
        int length = (int) Math.min(size, most);
        long origin = in.position() + size - length;
        ByteBuffer tail = in.view(origin, length).asByteBuffer();
        int text = textStart(tail);
        for (int json = text; json <= text + LENGTH_BYTES_LIKE_TEXT && json < length; json++) {
            int tag = json - HEAD_BYTES;
            if (tag >= 1
                    && tail.get(tag) == Tags.DESCRIPTION
                    && tail.getInt(tag + 1) == length - json
                    && tail.get(tag - 1) == Tags.END_OF_STREAM) {
                long offset = origin + json;
                return Optional.of(
                        new Description(
                                origin + tag,
                                new Body.Present(offset, in.view(offset, length - json))));
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
