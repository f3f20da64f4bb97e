// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Finds out whether all channels of a multifd migration were given, and whether they are complete.
///
/// - Channels are numbered from 0 without gaps.
/// - Each channel has a sync packet for each sync point of the main stream; one more is allowed.
/// - Packets are numbered over all channels, from 0 on, so the highest number determines their
///   total. QEMU before 9.0 may give a queued packet the number of the sync packet that is sent
///   before it. One number is then used twice and another one not at all, but the total is right.
final class MultifdAudit {
    private final Map<MultifdChannel, Long> syncs = new HashMap<>();
    private long syncPoints;
    private long packets;
    private long highest;

    /// Counts a sync point of the main stream.
    void syncPoint() {
        syncPoints++;
    }

    /// Counts a packet of a channel.
    void packet(MultifdChannel channel, DecodedPacket decoded) {
        MultifdPacket packet = decoded.packet();
        if (packet == null || packet.deviceState()) {
            return;
        }
        packets++;
        if (packets == 1 || Long.compareUnsigned(packet.number(), highest) > 0) {
            highest = packet.number();
        }
        if (packet.sync()) {
            syncs.merge(channel, 1L, Long::sum);
        }
    }

    /// The evidence of missing channels and packets.
    List<MissingMemory> missing(List<MultifdChannel> channels) {
        List<MissingMemory> found = new ArrayList<>();
        channelNumbers(channels, found);
        for (MultifdChannel channel : channels) {
            long had = syncs.getOrDefault(channel, 0L);
            if (had < syncPoints) {
                found.add(
                        new MissingMemory(
                                MissingMemory.Kind.CHANNEL_CUT,
                                channel.label()
                                        + " is not whole: it has "
                                        + had
                                        + " of the "
                                        + syncPoints
                                        + " sync packets that the main stream waits for"));
            }
        }
        if (packets > 0 && Long.compareUnsigned(highest, packets - 1) > 0) {
            long gone = highest - (packets - 1);
            found.add(
                    new MissingMemory(
                            MissingMemory.Kind.PACKETS_MISSING,
                            (gone == 1
                                            ? "1 multifd packet is"
                                            : Long.toUnsignedString(gone) + " multifd packets are")
                                    + " missing, by the numbers of the others"));
        }
        return found;
    }

    private static void channelNumbers(List<MultifdChannel> channels, List<MissingMemory> found) {
        TreeSet<Integer> given =
                channels.stream()
                        .map(MultifdChannel::id)
                        .collect(Collectors.toCollection(TreeSet::new));
        TreeSet<Integer> missing = new TreeSet<>();
        for (int id = 0; !given.isEmpty() && id < given.last(); id++) {
            if (!given.contains(id)) {
                missing.add(id);
            }
        }
        if (!missing.isEmpty()) {
            found.add(
                    new MissingMemory(
                            MissingMemory.Kind.CHANNEL_MISSING,
                            (missing.size() == 1
                                            ? "multifd channel " + numbers(missing) + " is missing"
                                            : "multifd channels "
                                                    + numbers(missing)
                                                    + " are missing")
                                    + "; given were "
                                    + numbers(given)));
        }
    }

    private static String numbers(SortedSet<Integer> ids) {
        return ids.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
}
