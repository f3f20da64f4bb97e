// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.nio.channels.ByteChannel;

/// Accepts the channels of one source, in the order in which they are connected.
///
/// The channels have the properties that [ChannelConnector] describes. Closing the acceptor, which
/// any thread may do, refuses further connections, and ends an [#accept()] that waits with an
/// [java.nio.channels.AsynchronousCloseException]; channels that were accepted remain open.
///
/// QEMU: `socket_start_incoming_migration`.
public interface ChannelAcceptor extends AutoCloseable {
    /// Waits for the next channel; the caller closes it.
    ByteChannel accept() throws IOException;

    @Override
    void close() throws IOException;
}
