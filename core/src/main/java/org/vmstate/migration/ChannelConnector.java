// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.nio.channels.ByteChannel;

/// Opens the channels from a source to one destination.
///
/// The first channel is the main one. Further calls open the channels of multifd, the preempt
/// channel, and after a broken connection a new main channel. A channel is in blocking mode, can be
/// read and written by two threads at the same time, and can be closed by any thread, which ends a
/// read or write that waits with a [java.nio.channels.AsynchronousCloseException].
///
/// QEMU: `socket_send_channel_create`.
@FunctionalInterface
public interface ChannelConnector {
    /// Opens one more channel; the caller closes it.
    ByteChannel connect() throws IOException;
}
