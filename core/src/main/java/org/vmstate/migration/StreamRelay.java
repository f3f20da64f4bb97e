// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.OptionalLong;

/// A destination and a source in one: relays a migration between two QEMUs or other programs, and
/// can change the devices on their way.
///
/// Without changes, the bytes of every channel are relayed as they are, in the order of the
/// connections: multifd, postcopy and its preempt channel work. With changes, the memory is relayed
/// while it arrives, and the devices are held back until the description has come; then they are
/// changed, and sent with a description of the result. The messages of the destination are relayed
/// in both cases, so the source learns whether the destination has loaded the stream.
///
/// If one side breaks, the other one learns of it: the source by a message that the destination has
/// failed, if it has opened the return path, else by the end of the connection. Its guest then
/// continues to run.
///
/// What is in memory is bounded by the size of the devices ([org.vmstate.wire.ReadLimits]).
///
/// Not reusable: create one per migration. [#relay] works in the thread that calls it; it can be
/// ended by interrupting this thread.
public final class StreamRelay {
    private final RelayOptions options;
    private boolean used;

    /// Creates a relay.
    public StreamRelay(RelayOptions options) {
        this.options = Objects.requireNonNull(options);
    }

    /// What was relayed.
    ///
    /// @param received the number of bytes received from the source over all channels
    /// @param sent the number of bytes sent to the destination over all channels
    /// @param channels the number of channels
    /// @param answer the destination's last message, 0: it has loaded the stream; empty if the
    ///   source has not opened the return path, so that nobody knows
    /// @param time the time from the first connection to the end
    public record Result(
            long received, long sent, int channels, OptionalLong answer, Duration time) {}

    /// Relays one migration. All connections are closed at the end, and so is the acceptor.
    ///
    /// Throws a [org.vmstate.wire.VMStateException] for invalid bytes, and an `IOException` if a
    /// connection or an output fails, the source is silent for too long, or the destination does
    /// not load the stream.
    ///
    /// @param acceptor accepts the channels of the source
    /// @param connector opens the channels to the destination
    /// @throws IllegalArgumentException if a change is not possible
    /// @throws IllegalStateException if this was called before
    public Result relay(ChannelAcceptor acceptor, ChannelConnector connector) throws IOException {
        if (used) {
            throw new IllegalStateException("a relay is for one migration");
        }
        used = true;
        try (Relaying relaying = new Relaying(options, acceptor, connector)) {
            return relaying.run();
        }
    }
}
