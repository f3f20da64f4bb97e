// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// Captured channels that need no files.
public final class ChannelsInMemory {
    private ChannelsInMemory() {}

    /// Channels of these bytes.
    public static MultifdChannels of(List<byte[]> channels, ReadLimits limits) throws IOException {
        return MultifdChannels.of(captures(channels, limits));
    }

    /// The same channels with the same names, in the opposite order.
    public static MultifdChannels reversed(List<byte[]> channels, ReadLimits limits)
            throws IOException {
        return MultifdChannels.of(captures(channels, limits).reversed());
    }

    private static List<MultifdChannels.Capture> captures(
            List<byte[]> channels, ReadLimits limits) {
        List<MultifdChannels.Capture> captures = new ArrayList<>();
        for (byte[] channel : channels) {
            String label = "channel " + (captures.size() + 1);
            captures.add(new MultifdChannels.Capture(label, WireReader.of(channel, 0, limits)));
        }
        return captures;
    }
}
