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

/// The channels of a multifd migration other than the main stream, each captured in a file.
///
/// Each channel is read and decoded in another thread. The packets are written to the image in the
/// order of their packet numbers, which is the order in which they were sent. At each sync point of
/// the main stream, each channel is read up to its next sync packet. A truncated or missing channel
/// is not an error: [RamCoverage#evidence()] reports it.
///
/// Not safe for use by several threads. Not reusable: open the channels once per stream. The
/// [RamReader] to which they are passed closes them at the end of the stream. Closing closes the
/// files; closing again has no effect.
public final class MultifdChannels implements AutoCloseable {
    /// The number of packets decoded ahead in all channels, 16 MiB. A channel decodes at least 1
    /// and at most 4 ahead.
    private static final int PACKETS_AHEAD = 32;

    private final List<DecodeAhead> channels;
    private final MultifdAudit audit = new MultifdAudit();

    /// Called when a packet was processed.
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

    /// Loads the packets of all channels up to and including their next sync packet.
    ///
    /// @param progress is called after each packet
    void sync(RamContext context, RamImage image, RamStatistics statistics, Report progress)
            throws IOException {
        audit.syncPoint();
        load(context, image, statistics, false, progress);
    }

    /// Loads the packets after the last sync packet.
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
            DecodedPacket packet = next.peek();
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

    /// The evidence of missing channels and packets, complete after [#finish].
    List<MissingMemory> missing() {
        return audit.missing(channels.stream().map(DecodeAhead::channel).toList());
    }

    /// The total size of the channels in bytes.
    long bytes() {
        return channels.stream().mapToLong(c -> c.channel().bytes()).sum();
    }

    /// The number of bytes processed of all channels.
    long position() {
        return channels.stream().mapToLong(DecodeAhead::at).sum();
    }

    /// The channel whose next packet has the lowest number.
    private static DecodeAhead earliest(List<DecodeAhead> open) throws IOException {
        DecodeAhead earliest = open.getFirst();
        for (DecodeAhead channel : open) {
            if (Long.compareUnsigned(channel.peek().number(), earliest.peek().number()) < 0) {
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
