// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.WireReader;

/// Finds the target page size: the one with which valid records follow the first page.
///
/// Does not consume input. Sizes are tried in the order of how common they are. With the right size
/// the records are valid as far as the reader can look ahead, or to the end of the body.
final class PageSizeProbe {
    /// The maximum number of bytes that a [WireReader] can look ahead.
    private static final int HORIZON = 65535;

    private static final int[] CANDIDATES = {4096, 1024, 8192, 16384, 2048, 512, 256, 32768};

    private final WireReader in;
    private final RamContext context;
    private final int pageSize;
    private RamBlock block;
    private int at;

    private PageSizeProbe(WireReader in, RamContext context, RamBlock block, int pageSize) {
        this.in = in;
        this.context = context;
        this.block = block;
        this.pageSize = pageSize;
    }

    /// The size of the page of `block` that begins at the current position.
    static int find(WireReader in, RamContext context, RamBlock block) throws IOException {
        boolean cut = false;
        for (int candidate : CANDIDATES) {
            if (context.possiblePageSize(candidate)) {
                PageSizeProbe probe = new PageSizeProbe(in, context, block, candidate);
                if (probe.holds()) {
                    return candidate;
                }
                cut |=
                        candidate == CANDIDATES[0]
                                && probe.at == candidate
                                && in.peek(candidate + Long.BYTES - 1) < 0;
            }
        }
        if (cut) {
            throw new TruncatedException("the input ends inside the first page", in.position());
        }
        throw new CorruptException(
                "a page of no known size: no valid record follows it", in.position());
    }

    private boolean holds() throws IOException {
        at = pageSize;
        while (true) {
            if (!available(8)) {
                return outOfSight();
            }
            long header = u64();
            int flags = (int) header & (pageSize - 1) & 0x3ff;
            long address = header & -pageSize;
            if ((header & (pageSize - 1)) != flags) {
                return false;
            }
            switch (flags & ~RamFlags.CONTINUE) {
                case RamFlags.EOS -> {
                    return address == 0 && (flags & RamFlags.CONTINUE) == 0;
                }
                case RamFlags.MULTIFD_FLUSH, RamFlags.HOOK -> {
                    if (address != 0) {
                        return false;
                    }
                }
                case RamFlags.PAGE, RamFlags.ZERO, RamFlags.XBZRLE, RamFlags.COMPRESS_PAGE -> {
                    if ((flags & RamFlags.CONTINUE) == 0 && !namedBlock()) {
                        return at > HORIZON;
                    }
                    if (address < 0 || address > block.length() - pageSize) {
                        return false;
                    }
                    if (!payload(flags & ~RamFlags.CONTINUE)) {
                        return outOfSight();
                    }
                }
                default -> {
                    return false;
                }
            }
        }
    }

    /// Skips the payload of a page record; returns false if it is not within reach.
    private boolean payload(int kind) throws IOException {
        switch (kind) {
            case RamFlags.PAGE -> at += pageSize;
            case RamFlags.ZERO -> at += 1;
            case RamFlags.XBZRLE -> {
                if (!available(3)) {
                    return false;
                }
                at += 3 + (in.peek(at + 1) << 8 | in.peek(at + 2));
            }
            default -> {
                if (!available(4)) {
                    return false;
                }
                boolean small = in.peek(at) == 0 && in.peek(at + 1) == 0;
                at += 4 + (small ? in.peek(at + 2) << 8 | in.peek(at + 3) : HORIZON);
            }
        }
        return true;
    }

    /// Skips a block's name; returns false if no such block is declared. Returns false too, with
    /// `at` greater than the horizon, if the name is not within reach.
    private boolean namedBlock() throws IOException {
        if (!available(1) || !available(1 + in.peek(at))) {
            boolean unseen = outOfSight();
            at = unseen ? HORIZON + 1 : at;
            return false;
        }
        int length = in.peek(at);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) in.peek(at + 1 + i);
        }
        RamBlock named = context.block(new String(bytes, StandardCharsets.UTF_8));
        if (named == null) {
            return false;
        }
        block = named;
        at += 1 + length;
        return true;
    }

    /// Whether the records were valid up to the limit of looking ahead, rather than to the end of
    /// the input, where they are incomplete.
    private boolean outOfSight() {
        return at > HORIZON - 512;
    }

    private boolean available(int count) throws IOException {
        return at + count <= HORIZON && in.peek(at + count - 1) >= 0;
    }

    private long u64() throws IOException {
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = value << 8 | in.peek(at++);
        }
        return value;
    }
}
