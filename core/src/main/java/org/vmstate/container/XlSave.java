// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// The records of a guest saved by `xl save`, one of which holds QEMU's device state.
///
/// ```
/// file   := "Xen saved domain, xl format\n \0 \r"  u32 byte order  u32 flags  u32 flags  u32 n, bytes[n]  libxl
/// libxl  := "LibxlFmt"  u32 version  u32 options  record*
/// record := u32 type  u32 length  body, padded to 8 bytes
/// libxc  := u64 -1  "XENF"  12 bytes  16 bytes of the domain  record*       after a libxl record of type 1, up to a record of type 0
/// ```
///
/// Little-endian except for the heads. A libxl record of type 3 (`EMULATOR_CONTEXT`) is u32 id, u32
/// index and the stream. The libxc records, which contain the guest's memory, are skipped.
final class XlSave {
    static final String MAGIC = "Xen saved domain, xl format\n \0 \r";

    private static final int FIXED_HEAD_BYTES = 48;
    private static final int LIBXL_HEAD_BYTES = 16;
    private static final int LIBXC_HEAD_BYTES = 40;
    private static final int CONTEXT_HEAD_BYTES = 8;
    private static final int END = 0;
    private static final int LIBXC_CONTEXT = 1;
    private static final int EMULATOR_CONTEXT = 3;

    private XlSave() {}

    /// Moves `in` from the file's first byte to the stream; returns whether there is one.
    static boolean advance(WireReader in) throws IOException {
        try {
            in.skip(FIXED_HEAD_BYTES - 4);
            in.skip(littleU32(in));
            in.skip(LIBXL_HEAD_BYTES);
            boolean libxc = false;
            while (true) {
                long type = littleU32(in);
                long length = littleU32(in);
                if (libxc) {
                    in.skip(padded(length));
                    libxc = type != END;
                } else if (type == EMULATOR_CONTEXT && length > CONTEXT_HEAD_BYTES) {
                    in.skip(CONTEXT_HEAD_BYTES);
                    return StreamHead.at(in);
                } else if (type == END) {
                    return false;
                } else {
                    in.skip(padded(length));
                    if (type == LIBXC_CONTEXT) {
                        in.skip(LIBXC_HEAD_BYTES);
                        libxc = true;
                    }
                }
            }
        } catch (VMStateException e) {
            return false; // not these records: search for the stream
        }
    }

    private static long padded(long length) {
        return (length + 7) & -8;
    }

    private static long littleU32(WireReader in) throws IOException {
        return Integer.toUnsignedLong(
                ByteBuffer.wrap(in.bytes(4)).order(ByteOrder.LITTLE_ENDIAN).getInt());
    }
}
