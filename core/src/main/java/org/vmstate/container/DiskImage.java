// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.RangeSource;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;

/// A qcow2 image and its internal snapshots.
///
/// ```
/// header    QFI 0xfb  u32 version  … u32 cluster bits at 20, u64 size at 24, u32 encryption at 32, u32 snapshots at 60,
///           u64 snapshot table at 64, from version 3 u64 incompatible features at 72
/// snapshot  u64 L1 table  u32 L1 entries  u16 id length  u16 name length  u32 s  u32 ns  u64 clock ns  u32 state size  u32 extra length
///           extra: [u64 state size  [u64 disk size …]]   id  name   padding to 8 bytes
/// ```
///
/// A snapshot's stream is stored in the clusters after those of the disk, from the first entry of
/// its L1 table that is beyond the disk.
///
/// Corresponds to QEMU's `QCowHeader` and `QCowSnapshotHeader`.
final class DiskImage {
    private static final int CLUSTER_BITS_AT = 20;
    private static final int SNAPSHOTS_AT = 60;
    private static final int FEATURES_AT = 72;
    private static final int MIN_CLUSTER_BITS = 9;
    private static final int MAX_CLUSTER_BITS = 21;
    private static final int MAX_SNAPSHOTS = 65536;
    private static final int MAX_EXTRA_BYTES = 1024;
    private static final int SNAPSHOT_BYTES = 40;
    private static final long EXTERNAL_DATA = 1 << 2;
    private static final long EXTENDED_L2 = 1 << 4;
    private static final long KNOWN_FEATURES = 0x1f;
    private static final long OFFSET = 0x00ff_ffff_ffff_fe00L;
    private static final long COMPRESSED = 1L << 62;
    private static final long ZERO = 1;

    /// The maximum disk size, so that calculations with addresses do not overflow.
    private static final long MAX_DISK_BYTES = 1L << 62;

    private final WireReader in;
    private final List<Entry> entries = new ArrayList<>();
    private final int clusterBits;
    private final int entryBytes;

    /// A snapshot and the location of its stream.
    ///
    /// @param at the offset of the entry in the snapshot table
    private record Entry(long at, Snapshot snapshot, long l1Table, long l1Size, long diskSize) {}

    /// Reads the header and the snapshot table of an image that begins at the position of `in`.
    DiskImage(WireReader in) throws IOException {
        this.in = in;
        in.skip(4);
        long version = in.u32();
        if (version != 2 && version != 3) {
            throw new UnsupportedException("qcow2 image of version " + version, 4);
        }
        in.skip(CLUSTER_BITS_AT - in.position());
        clusterBits = (int) in.u32();
        if (clusterBits < MIN_CLUSTER_BITS || clusterBits > MAX_CLUSTER_BITS) {
            throw new CorruptException("qcow2 clusters of 2^" + clusterBits + " bytes", 20);
        }
        long diskSize = in.u64();
        long encryption = in.u32();
        in.skip(SNAPSHOTS_AT - in.position());
        long count = in.u32();
        long table = in.u64();
        long features = 0;
        if (version == 3) {
            in.skip(FEATURES_AT - in.position());
            features = in.u64();
        }
        if (encryption != 0
                || (features & EXTERNAL_DATA) != 0
                || (features & ~KNOWN_FEATURES) != 0) {
            throw new UnsupportedException(
                    "qcow2 image that is encrypted, has an external data file or other features, 0x"
                            + Long.toHexString(features),
                    FEATURES_AT);
        }
        entryBytes = (features & EXTENDED_L2) == 0 ? 8 : 16;
        if (count > MAX_SNAPSHOTS) {
            throw new CorruptException("qcow2 image with " + count + " snapshots", SNAPSHOTS_AT);
        }
        if (count > 0) {
            seek(table, SNAPSHOTS_AT);
        }
        for (long i = 0; i < count; i++) {
            entries.add(entry(diskSize));
        }
    }

    /// The snapshots in the order of the table.
    List<Snapshot> snapshots() {
        return entries.stream().map(Entry::snapshot).toList();
    }

    private Entry entry(long currentDiskSize) throws IOException {
        long at = in.position();
        long l1Table = in.u64();
        long l1Size = in.u32();
        int idLength = in.u16();
        int nameLength = in.u16();
        long seconds = in.u32();
        long nanos = in.u32();
        long clock = in.u64();
        long size = in.u32();
        long extra = in.u32();
        if (extra > MAX_EXTRA_BYTES) {
            throw new CorruptException("a snapshot with " + extra + " extra bytes", at);
        }
        long extraAt = in.position();
        long diskSize = currentDiskSize;
        if (extra >= 8) {
            long large = in.u64();
            size = large != 0 ? large : size;
        }
        if (extra >= 16) {
            diskSize = in.u64();
        }
        in.seek(extraAt);
        in.skip(extra);
        String id = new String(in.bytes(idLength), StandardCharsets.UTF_8);
        String name = new String(in.bytes(nameLength), StandardCharsets.UTF_8);
        long used = SNAPSHOT_BYTES + extra + idLength + nameLength;
        long padding = -used & 7;
        in.skip(Math.min(padding, in.remaining().orElse(padding)));
        if (size < 0 || diskSize < 0 || diskSize > MAX_DISK_BYTES) {
            throw new CorruptException(
                    "a snapshot of "
                            + Long.toUnsignedString(size)
                            + " bytes after a disk of "
                            + Long.toUnsignedString(diskSize),
                    at);
        }
        Snapshot snapshot =
                new Snapshot(
                        id,
                        name,
                        Instant.ofEpochSecond(seconds, nanos),
                        Duration.ofNanos(Math.max(0, clock)),
                        size);
        return new Entry(at, snapshot, l1Table, l1Size, diskSize);
    }

    /// The snapshots that contain a machine's state and have this id or name.
    ///
    /// @param chosen the id or name, or null for all
    List<Snapshot> withState(@Nullable String chosen) {
        return snapshots().stream()
                .filter(Snapshot::hasState)
                .filter(s -> chosen == null || chosen.equals(s.id()) || chosen.equals(s.name()))
                .toList();
    }

    /// A reader of a snapshot's stream. Closing it closes the image.
    ///
    /// If the snapshot declares more bytes than the file has, the stream ends where its tables do,
    /// so that no zeros are read that were never written.
    WireReader state(Snapshot snapshot) throws IOException {
        Entry entry = entry(snapshot);
        long size = snapshot.stateBytes();
        if (size > fileSize()) {
            size = Math.min(size, mappedBytes(entry));
        }
        return WireReader.of(new State(entry, size), in.limits());
    }

    private long fileSize() {
        OptionalLong left = in.remaining();
        return left.isPresent() ? in.position() + left.getAsLong() : Long.MAX_VALUE;
    }

    /// A reader of a snapshot's stream and of all clusters after it that the snapshot's tables map.
    /// Needed for a stream with `mapped-ram`, whose pages are beyond the declared size, which
    /// counts only the stream itself.
    ///
    /// Not used for other streams, after which clusters of an older snapshot may follow.
    WireReader mappedState(Snapshot snapshot) throws IOException {
        Entry entry = entry(snapshot);
        long size = Math.max(snapshot.stateBytes(), mappedBytes(entry));
        return WireReader.of(new State(entry, size), in.limits());
    }

    private Entry entry(Snapshot snapshot) {
        return entries.get(snapshots().indexOf(snapshot));
    }

    /// The address of the stream's first byte in the disk's address space.
    private long start(Entry entry) {
        return Math.ceilDiv(entry.diskSize, bytesPerTable()) * bytesPerTable();
    }

    /// The number of bytes that one L2 table maps.
    private long bytesPerTable() {
        return entriesPerTable() << clusterBits;
    }

    private long entriesPerTable() {
        return (1L << clusterBits) / entryBytes;
    }

    /// The distance in bytes from the start of the stream to the end of the last mapped cluster.
    private long mappedBytes(Entry entry) throws IOException {
        long first = start(entry) / bytesPerTable();
        if (entry.l1Size > 0) {
            at(entry.l1Table + entry.l1Size * 8 - 1, 1, entry.at);
        }
        Set<Long> empty = new HashSet<>();
        for (long table = entry.l1Size - 1; table >= first; table--) {
            long l2Table = l2Table(entry, table);
            if (l2Table != 0 && empty.add(l2Table)) {
                ByteBuffer entries = at(l2Table, 1L << clusterBits, entry.l1Table + table * 8);
                for (int i = (int) entriesPerTable() - 1; i >= 0; i--) {
                    if (entries.getLong(i * entryBytes) != 0) {
                        return (table - first) * bytesPerTable() + ((i + 1L) << clusterBits);
                    }
                }
            }
        }
        return 0;
    }

    private long l2Table(Entry entry, long table) throws IOException {
        if (table >= entry.l1Size) {
            throw new CorruptException("the L1 table ends before its stream", entry.at);
        }
        long at = entry.l1Table + table * 8;
        long l2Table = at(at, 8, entry.at).getLong(0) & OFFSET;
        if ((l2Table & ((1L << clusterBits) - 1)) != 0) {
            throw new CorruptException(
                    "qcow2 table at 0x" + Long.toHexString(l2Table) + ", inside a cluster", at);
        }
        return l2Table;
    }

    /// Reads a structure of the image.
    ///
    /// @param from the offset of the reference to it, for errors
    private ByteBuffer at(long offset, long count, long from) throws IOException {
        if (offset < 0
                || offset > Long.MAX_VALUE - count) { // negative if its calculation overflowed
            throw outside(offset, from);
        }
        try {
            return in.view(offset, count).asByteBuffer();
        } catch (TruncatedException _) {
            throw outside(offset, from);
        }
    }

    private static CorruptException outside(long offset, long from) {
        return new CorruptException(
                "qcow2 structure at 0x" + Long.toHexString(offset) + ", outside the file", from);
    }

    private void seek(long offset, long from) throws CorruptException {
        if (offset < 0 || offset > fileSize()) {
            throw outside(offset, from);
        }
        in.seek(offset);
    }

    /// The clusters of one snapshot's stream, concatenated.
    private final class State implements RangeSource {
        private final Entry entry;
        private final long start;
        private final long size;

        /// The last L2 table that was used, and the index of its entry in the L1 table.
        private long table = -1;

        private long l2Table;

        State(Entry entry, long size) {
            this.entry = entry;
            this.start = start(entry);
            this.size = size;
        }

        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            if (position >= size) {
                return -1;
            }
            long cluster = 1L << clusterBits;
            long virtual = start + position;
            long inside = virtual & (cluster - 1);
            int count =
                    (int) Math.min(Math.min(size - position, cluster - inside), target.remaining());
            long host = host(virtual);
            if (host == 0) {
                target.put(new byte[count]);
            } else {
                try {
                    target.put(in.view(host + inside, count).asByteBuffer());
                } catch (TruncatedException e) {
                    throw e.within("snapshot " + Printable.text(entry.snapshot.name()));
                }
            }
            return count;
        }

        @Override
        public boolean remote() {
            return in.remote();
        }

        /// The offset of a cluster in the file, or 0 if it reads as zeros.
        private long host(long virtual) throws IOException {
            long index = virtual >>> clusterBits;
            if (index / entriesPerTable() != table) {
                table = index / entriesPerTable();
                l2Table = l2Table(entry, table);
            }
            if (l2Table == 0) {
                return 0;
            }
            long entryAt = l2Table + index % entriesPerTable() * entryBytes;
            long cluster = at(entryAt, 8, l2Table).getLong(0);
            if ((cluster & COMPRESSED) != 0) {
                throw new UnsupportedException("a snapshot in compressed clusters", entryAt);
            }
            return (cluster & ZERO) != 0 ? 0 : cluster & OFFSET;
        }

        @Override
        public OptionalLong size() {
            return OptionalLong.of(size);
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
