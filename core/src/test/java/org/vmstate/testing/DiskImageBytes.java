// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A qcow2 image with internal snapshots, composed byte by byte without the code under test. The
/// disk is mapped by one L2 table and has at most 1 MiB; clusters of zeros are not mapped.
public final class DiskImageBytes {
    private static final long COPIED = 1L << 63;

    private final int clusterBits;
    private final int cluster;
    private final int diskBytes;
    private final List<byte[]> clusters = new ArrayList<>();
    private final List<Entry> entries = new ArrayList<>();

    private record Entry(String name, long stateBytes, long l1Table) {}

    /// An image without snapshots, with clusters of 64 KiB.
    public DiskImageBytes() {
        this(16);
    }

    /// An image without snapshots.
    ///
    /// @param clusterBits the binary logarithm of the cluster size, from 9 to 16
    public DiskImageBytes(int clusterBits) {
        this.clusterBits = clusterBits;
        cluster = 1 << clusterBits;
        diskBytes = Math.min(1 << 20, cluster / 8 * cluster);
        clusters.add(new byte[cluster]); // the header
        clusters.add(new byte[cluster]); // the table of snapshots
    }

    /// Adds a snapshot.
    ///
    /// @param mapped the content of the snapshot's clusters from the start of its state on
    /// @param stateBytes the size of the state in the snapshot table
    public DiskImageBytes snapshot(String name, byte[] mapped, long stateBytes) {
        byte[] l2 = new byte[cluster];
        ByteBuffer l2Table = ByteBuffer.wrap(l2);
        for (int at = 0; at < mapped.length; at += cluster) {
            byte[] data = Arrays.copyOf(Arrays.copyOfRange(mapped, at, mapped.length), cluster);
            l2Table.putLong(Arrays.equals(data, new byte[cluster]) ? 0 : add(data) | COPIED);
        }
        // The first L2 table is that of the disk, which is empty.
        byte[] l1 = new byte[cluster];
        ByteBuffer.wrap(l1).putLong(8, add(l2) | COPIED);
        entries.add(new Entry(name, stateBytes, add(l1)));
        return this;
    }

    private long add(byte[] data) {
        clusters.add(data);
        return (clusters.size() - 1L) * cluster;
    }

    /// The image's bytes.
    public byte[] toByteArray() {
        ByteBuffer image = ByteBuffer.allocate(clusters.size() * cluster);
        clusters.forEach(image::put);
        image.put(0, "QFI\u00fb".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
        image.putInt(4, 3).putInt(20, clusterBits).putLong(24, diskBytes);
        image.putInt(60, entries.size()).putLong(64, cluster);
        image.putInt(96, 4).putInt(100, 104);
        image.position(cluster);
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            byte[] id = Integer.toString(i + 1).getBytes(UTF_8);
            byte[] name = entry.name.getBytes(UTF_8);
            image.putLong(entry.l1Table).putInt(2);
            image.putShort((short) id.length).putShort((short) name.length);
            image.putInt(1_700_000_000).putInt(0).putLong(2_000_000_000L);
            image.putInt((int) entry.stateBytes).putInt(16);
            image.putLong(entry.stateBytes).putLong(diskBytes);
            image.put(id).put(name);
            image.position((image.position() + 7) & -8);
        }
        return image.array();
    }
}
