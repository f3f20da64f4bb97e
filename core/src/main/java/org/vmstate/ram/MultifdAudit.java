// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The bookkeeping that shows whether the channels of a multifd migration are all there, and whole.
///
/// - Channels are numbered from 0 without gaps.
/// - Each channel has a sync packet for each sync point of the main stream. One more is harmless.
/// - Numbers count the packets of all channels together, from 0 on, so the highest number says how
///   many packets there are. QEMU before 9.0 may give a queued packet the number of the sync that
///   comes before it is sent: that number is there twice then and another one is not, but the count
///   stays right.
final class MultifdAudit {
    private final Map<MultifdChannel, Long> syncs = new HashMap<>();
    private long syncPoints;
    private long packets;
    private long highest;

    /// Notes a sync point of the main stream.
    void syncPoint() {
        syncPoints++;
    }

    /// Notes what was taken from a channel.
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

    /// What is missing.
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
