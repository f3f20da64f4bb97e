// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.util.UUID;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The first bytes of a multifd channel.
///
/// ```
/// u32 magic 0x11223344   u32 version 1   16 bytes uuid   u8 channel   7 + 32 bytes 0
/// ```
///
/// @param machine the UUID of the machine, which destinations with the capability `validate-uuid`
///   compare; 0 if unknown
/// @param channel the channel's number
///
///   Corresponds to QEMU's `MultiFDInit_t`.
record MultifdHello(UUID machine, int channel) {
    static final int BYTES = 64;

    private static final int RESERVED_BYTES = 7 + 32;

    static MultifdHello read(WireReader in) throws IOException {
        long at = in.position();
        int magic = in.int32();
        int version = in.int32();
        if (magic != MultifdPacket.MAGIC || version != MultifdPacket.VERSION) {
            throw new CorruptException(
                    "not a multifd channel: it begins with 0x" + Integer.toHexString(magic), at);
        }
        UUID machine = new UUID(in.int64(), in.int64());
        int channel = in.u8();
        in.skip(RESERVED_BYTES);
        return new MultifdHello(machine, channel);
    }

    void write(WireWriter out) throws IOException {
        out.int32(MultifdPacket.MAGIC);
        out.int32(MultifdPacket.VERSION);
        out.int64(machine.getMostSignificantBits());
        out.int64(machine.getLeastSignificantBits());
        out.u8(channel);
        out.zeros(RESERVED_BYTES);
    }
}
