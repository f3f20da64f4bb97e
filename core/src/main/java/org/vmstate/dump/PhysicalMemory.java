// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmstate.ram.PageSize;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamImage;
import org.vmstate.wire.Printable;

/// The memory of a suspended guest, by guest-physical address.
///
/// The addresses of the blocks follow from the machine type: see [GuestMap]. Reading a page that is
/// not in the stream throws a [MissingMemoryException]; [#span] tells beforehand which pages are.
/// Pages that a stream may leave out, because the guest reported them as free, read as zeros.
///
/// Created by [SavedGuest#memory()]. Not safe for use by several threads, also not together with
/// its guest. Closing the guest closes it; reading then throws an [IllegalStateException].
public final class PhysicalMemory {
    private final RamImage image;
    private final List<GuestRange> ranges;
    private final PageSize pageSize;

    /// @param ranges in ascending order of their addresses
    PhysicalMemory(RamImage image, List<GuestRange> ranges, PageSize pageSize) {
        this.image = image;
        this.ranges = ranges;
        this.pageSize = pageSize;
    }

    /// The availability of the memory at an address.
    public enum Presence {
        /// Memory that was read.
        PRESENT,
        /// Memory that is not in the stream.
        MISSING,
        /// Memory that is shared under `x-ignore-shared` and that the caller did not provide.
        SHARED,
        /// No memory, according to the guest's map.
        UNMAPPED
    }

    /// A run of addresses with the same availability.
    ///
    /// @param address the guest-physical address of its first byte
    /// @param length the number of bytes, more than 0
    public record Span(long address, long length, Presence presence) {
        /// The address after its last byte.
        public long end() {
            return address + length;
        }
    }

    /// The ranges of the guest's memory, in ascending order of addresses.
    public List<GuestRange> ranges() {
        return ranges;
    }

    /// The size of the target's pages, and its source.
    public PageSize pageSize() {
        return pageSize;
    }

    /// The range that contains an address, empty if no memory is known to be there. The offset in
    /// its block is `range.offset() + address - range.address()`.
    public Optional<GuestRange> range(long address) {
        int at = indexOf(address);
        return at < ranges.size() && ranges.get(at).address() <= address
                ? Optional.of(ranges.get(at))
                : Optional.empty();
    }

    /// The longest run from `address` on with the same availability, at most to the end of its
    /// range. `span(span.end())` is the next one.
    public Span span(long address) {
        if (address < 0) {
            throw new IllegalArgumentException(
                    "not a guest-physical address: " + Long.toUnsignedString(address));
        }
        int at = indexOf(address);
        if (at == ranges.size() || ranges.get(at).address() > address) {
            long end = at == ranges.size() ? Long.MAX_VALUE : ranges.get(at).address();
            return new Span(address, Math.max(1, end - address), Presence.UNMAPPED);
        }
        GuestRange range = ranges.get(at);
        RamBlock block = range.block();
        if (!image.carried(block)) {
            return new Span(address, range.end() - address, Presence.SHARED);
        }
        long offset = range.offset() + address - range.address();
        OptionalLong missing = image.nextMissing(block, offset);
        boolean present = missing.isEmpty() || missing.getAsLong() > offset;
        OptionalLong end = present ? missing : image.nextPresent(block, offset);
        long length = Math.min(range.end() - address, end.orElse(block.length()) - offset);
        return new Span(address, length, present ? Presence.PRESENT : Presence.MISSING);
    }

    /// Fills an array with the memory from `address` on.
    ///
    /// @throws MissingMemoryException if a byte is missing or not mapped; the array is then
    ///   unchanged
    public void read(long address, byte[] target) throws IOException {
        read(address, target, 0, target.length);
    }

    /// Fills span of an array with `count` bytes of memory from `address` on.
    ///
    /// @throws MissingMemoryException if a byte is missing or not mapped; the array is then
    ///   unchanged
    public void read(long address, byte[] target, int at, int count) throws IOException {
        Objects.checkFromIndexSize(at, count, target.length);
        if (address < 0 || address > Long.MAX_VALUE - count) {
            throw new MissingMemoryException(
                    "no memory is mapped at 0x" + Long.toHexString(address));
        }
        long end = address + count;
        for (long next = address; next < end; ) {
            Span span = span(next);
            if (span.presence() != Presence.PRESENT) {
                throw new MissingMemoryException(why(span));
            }
            next = span.end();
        }
        for (long next = address; next < end; ) {
            GuestRange range = range(next).orElseThrow();
            int step = (int) (Math.min(end, range.end()) - next);
            image.read(
                    range.block(),
                    range.offset() + next - range.address(),
                    target,
                    at + (int) (next - address),
                    step);
            next += step;
        }
    }

    private String why(Span span) {
        String place = " at 0x" + Long.toHexString(span.address());
        String block =
                range(span.address())
                        .map(r -> " of " + Printable.quoted(r.block().name()))
                        .orElse("");
        return switch (span.presence()) {
            case UNMAPPED -> "no memory is known to be" + place;
            case SHARED -> "the memory" + block + place + " is shared and not in the stream";
            case MISSING -> "the page" + block + place + " is not in the stream";
            case PRESENT -> throw new IllegalArgumentException("nothing is missing");
        };
    }

    /// The index of the first range that ends after an address.
    private int indexOf(long address) {
        int low = 0;
        int high = ranges.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ranges.get(middle).end() <= address) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
