// SPDX-License-Identifier: Apache-2.0
package org.vmstate.handler;

import java.io.IOException;
import org.vmstate.stream.SectionHandler;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamContext;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;

/// Skips `s390-storage_attributes`, the usage states of an s390x guest's pages.
///
/// ```
/// body   := record*   up to one with END, or with DONE, which may be followed by one with END
/// record := u64 (address | flag)   END 0x01 | MORE 0x02: u64 n, n bytes | ERROR 0x04 | DONE 0x08
/// ```
///
/// QEMU: `cmma_load` in `hw/s390x/s390-stattrib.c`.
final class StorageAttributesHandler implements SectionHandler {
    private static final int VERSION = 0;
    private static final int FLAGS = 0xfff;
    private static final int END = 0x01;
    private static final int MORE = 0x02;
    private static final int ERROR = 0x04;
    private static final int DONE = 0x08;

    @Override
    public void consume(WireReader in, SectionIdentity identity, StreamContext context)
            throws IOException {
        if (identity.versionId() != VERSION) {
            throw new UnsupportedException(
                    "storage attributes of version " + identity.versionId(), in.position());
        }
        while (true) {
            long at = in.position();
            int flags = (int) in.u64() & FLAGS;
            switch (flags) {
                case END -> {
                    return;
                }
                case MORE -> {
                    long count = in.u64();
                    if (count < 0) {
                        throw new CorruptException(
                                Long.toUnsignedString(count) + " storage attributes", at);
                    }
                    in.skip(count);
                }
                case DONE -> {
                    if (endFollows(in)) {
                        in.skip(Long.BYTES);
                    }
                    return;
                }
                case ERROR ->
                        throw new CorruptException(
                                "the source could not read its storage attributes", at);
                default ->
                        throw new CorruptException(
                                "unknown flags 0x" + Integer.toHexString(flags), at);
            }
        }
    }

    private static boolean endFollows(WireReader in) throws IOException {
        for (int i = 0; i < Long.BYTES - 1; i++) {
            if (in.peek(i) != 0) {
                return false;
            }
        }
        return in.peek(Long.BYTES - 1) == END;
    }
}
