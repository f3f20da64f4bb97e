// SPDX-License-Identifier: Apache-2.0
package org.vmstate.handler;

import java.io.IOException;
import org.vmstate.stream.SectionHandler;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamContext;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;

/// Skips `spapr/htab`, the hash page table of a pseries guest.
///
/// ```
/// body := i32 shift > 0 | i32 -1 | i32 0 entry* u32 0 u16 0 u16 0
/// entry := u32 index  u16 valid  u16 invalid  valid × 16 bytes
/// ```
///
/// QEMU: `htab_load` in `hw/ppc/spapr.c`.
final class HtabHandler implements SectionHandler {
    private static final int VERSION = 1;
    private static final int ENTRY_BYTES = 16;

    @Override
    public void consume(WireReader in, SectionIdentity identity, StreamContext context)
            throws IOException {
        if (identity.versionId() != VERSION) {
            throw new UnsupportedException(
                    "a hash page table of version " + identity.versionId(), in.position());
        }
        if (in.int32() != 0) {
            return;
        }
        while (true) {
            long index = in.u32();
            int valid = in.u16();
            int invalid = in.u16();
            if (index == 0 && valid == 0 && invalid == 0) {
                return;
            }
            in.skip((long) valid * ENTRY_BYTES);
        }
    }
}
