// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// The channels of a multifd migration beside its main stream, captured as a file each.
///
/// Each channel is read and decoded in another thread; the packets get to the image in the order in
/// which they were sent, which their numbers tell. Between two marks of the main stream each
/// channel is taken to its next sync packet. A channel that ends early, and a channel that was not
/// given, are no error: [RamCoverage#evidence()] reports them.
///
/// Not safe for use by several threads, and for one stream only: the [RamReader] that they are
/// given to closes them when it has read it. Closing them closes the files and may be repeated.
public final class MultifdChannels implements AutoCloseable {
    /// How many packets of all channels are decoded ahead, if these are not more: at most 16 MiB.
    private static final int PACKETS_AHEAD = 32;

    private final List<DecodeAhead> channels;
    private final MultifdAudit audit = new MultifdAudit();

    /// Told that channels have been read further.
    @FunctionalInterface
    interface Report {
        void consumed() throws CancelledException;
    }

    private MultifdChannels(List<MultifdChannel> channels) {
        int each = Math.clamp(PACKETS_AHEAD / Math.max(1, channels.size()), 1, 4);
        this.channels = channels.stream().map(c -> new DecodeAhead(c, each)).toList();
    }

    /// The captured bytes of a channel.
    ///
    /// @param label what errors call the channel
    record Capture(String label, WireReader in) {}

    /// Opens captured channels, in any order.
    public static MultifdChannels open(List<Path> files, ReadLimits limits) throws IOException {
        List<Capture> captures = new ArrayList<>();
        try {
            for (Path file : files) {
                captures.add(
                        new Capture(
                                "channel file " + file.getFileName(),
                                WireReader.open(file, limits)));
            }
            return of(captures);
        } catch (IOException e) {
            for (Capture capture : captures) {
                capture.in().close();
            }
            throw e;
        }
    }

    /// Channels of these bytes, which are closed with them; if they are refused, they stay open.
    static MultifdChannels of(List<Capture> captures) throws IOException {
        List<MultifdChannel> channels = new ArrayList<>();
        Set<Integer> ids = new HashSet<>();
        for (Capture capture : captures) {
            MultifdChannel channel = new MultifdChannel(capture.in(), capture.label());
            channels.add(channel);
            if (!ids.add(channel.id())) {
                throw new CorruptException("a second channel number " + channel.id(), 0)
                        .within(capture.label());
            }
        }
        return new MultifdChannels(channels);
    }

    /// Loads the packets of all channels up to their next sync.
    ///
    /// @param progress is called after each packet
    void sync(RamContext context, RamImage image, RamStatistics statistics, Report progress)
            throws IOException {
        audit.syncPoint();
        load(context, image, statistics, false, progress);
    }

    /// Loads the packets behind the last sync.
    void finish(RamContext context, RamImage image, RamStatistics statistics, Report progress)
            throws IOException {
        load(context, image, statistics, true, progress);
    }

    private void load(
            RamContext context,
            RamImage image,
            RamStatistics statistics,
            boolean toTheEnd,
            Report progress)
            throws IOException {
        Executor workers = image.lanes().workers();
        List<DecodeAhead> open = new ArrayList<>(channels);
        for (DecodeAhead channel : open) {
            channel.start(context.pageSize().orElse(null), toTheEnd, workers);
        }
        while (!open.isEmpty()) {
            DecodeAhead next = earliest(open);
            DecodedPacket packet = next.head();
            try {
                packet.apply(context, image, statistics);
            } catch (VMStateException e) {
                throw e.within(next.channel().label());
            }
            audit.packet(next.channel(), packet);
            next.at(packet.at());
            progress.consumed();
            if (packet.isLast(toTheEnd)) {
                next.stop();
                open.remove(next);
            } else {
                next.advance(workers);
            }
        }
    }

    /// What shows that channels, or parts of them, are missing; to be asked at the end.
    List<MissingMemory> missing() {
        return audit.missing(channels.stream().map(DecodeAhead::channel).toList());
    }

    /// How many bytes the channels have, added up.
    long bytes() {
        return channels.stream().mapToLong(c -> c.channel().bytes()).sum();
    }

    /// How far the channels are, added up.
    long position() {
        return channels.stream().mapToLong(DecodeAhead::at).sum();
    }

    /// The channel whose next packet was sent first.
    private static DecodeAhead earliest(List<DecodeAhead> open) throws IOException {
        DecodeAhead earliest = open.getFirst();
        for (DecodeAhead channel : open) {
            if (Long.compareUnsigned(channel.head().number(), earliest.head().number()) < 0) {
                earliest = channel;
            }
        }
        return earliest;
    }

    @Override
    public void close() throws IOException {
        for (DecodeAhead channel : channels) {
            channel.close();
        }
    }
}
