// SPDX-License-Identifier: Apache-2.0
package org.vmstate.handler;

import java.io.IOException;
import java.util.List;
import org.vmstate.stream.SectionHandler;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamContext;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.WireReader;

/// Skips the iterations of `vfio`, the state of a device that was passed through to the guest.
///
/// ```
/// START    := u64 SETUP  u64 END
/// PART,END := (u64 DATA  u64 n  n bytes)*  (u64 END | u64 INITIAL_DATA_SENT  [u64 END])
/// FULL     := u64 CONFIGURATION  PCI device  u64 END | u64 END | u64 CONFIGURATION_ELSEWHERE
/// ```
///
/// The full section contains no lengths. It is delimited like that of any other device, but ends
/// with one of two records.
///
/// QEMU: `vfio_load_state` in `hw/vfio/migration.c`.
final class VfioHandler implements SectionHandler {
    private static final long FLAGS = 0xffff_ffff_ef10_0000L;
    private static final long END = FLAGS | 1;
    private static final long SETUP = FLAGS | 3;
    private static final long DATA = FLAGS | 4;
    private static final long INITIAL_DATA_SENT = FLAGS | 5;
    private static final long CONFIGURATION_ELSEWHERE = FLAGS | 6;

    /// The records that the body of a full section can end with.
    static final List<Long> ENDINGS = List.of(END, CONFIGURATION_ELSEWHERE);

    @Override
    public void consume(WireReader in, SectionIdentity identity, StreamContext context)
            throws IOException {
        while (true) {
            long at = in.position();
            long flags = in.u64();
            if (flags == END) {
                return;
            }
            if (flags == INITIAL_DATA_SENT) {
                if (endFollows(in)) {
                    in.skip(Long.BYTES);
                }
                return;
            }
            if (flags == DATA) {
                long count = in.u64();
                if (count < 0) {
                    throw new CorruptException(
                            "data of " + Long.toUnsignedString(count) + " bytes", at);
                }
                in.skip(count);
            } else if (flags != SETUP) {
                throw new CorruptException("unknown flags 0x" + Long.toHexString(flags), at);
            }
        }
    }

    /// Whether an END follows. Looks only at as many bytes as are needed to distinguish it from a
    /// footer or an element, neither of which begins like a record.
    private static boolean endFollows(WireReader in) throws IOException {
        for (int i = 0; i < Long.BYTES; i++) {
            if (in.peek(i) != (int) (END >>> (Long.SIZE - Byte.SIZE * (i + 1)) & 0xff)) {
                return false;
            }
        }
        return true;
    }
}
