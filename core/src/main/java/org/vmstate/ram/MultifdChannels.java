// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// The channels of a multifd migration beside its main stream, captured as a file each.
///
/// Between two marks of the main stream no page comes twice, so the channels can be taken one after
/// the other from sync packet to sync packet.
public final class MultifdChannels implements AutoCloseable {
    private final List<MultifdChannel> channels;

    private MultifdChannels(List<MultifdChannel> channels) {
        this.channels = channels;
    }

    /// Opens captured channels, in any order.
    public static MultifdChannels open(List<Path> files, ReadLimits limits) throws IOException {
        List<MultifdChannel> channels = new ArrayList<>();
        try {
            Set<Integer> ids = new HashSet<>();
            for (Path file : files) {
                String label = "channel file " + file.getFileName();
                WireReader in = WireReader.open(file, limits);
                MultifdChannel channel;
                try {
                    channel = new MultifdChannel(in, label);
                } catch (IOException e) {
                    in.close();
                    throw e;
                }
                channels.add(channel);
                if (!ids.add(channel.id())) {
                    throw new CorruptException("a second channel number " + channel.id(), 0)
                            .within(label);
                }
            }
        } catch (IOException e) {
            for (MultifdChannel channel : channels) {
                channel.close();
            }
            throw e;
        }
        return new MultifdChannels(channels);
    }

    /// Loads the packets of all channels up to their next sync.
    void sync(RamContext context, RamImage image, RamStatistics statistics) throws IOException {
        for (MultifdChannel channel : channels) {
            channel.untilSync(context, image, statistics);
        }
    }

    /// Loads the packets behind the last sync.
    void finish(RamContext context, RamImage image, RamStatistics statistics) throws IOException {
        for (MultifdChannel channel : channels) {
            channel.untilEnd(context, image, statistics);
        }
    }

    @Override
    public void close() throws IOException {
        for (MultifdChannel channel : channels) {
            channel.close();
        }
    }
}
