// SPDX-License-Identifier: Apache-2.0
package org.vmstate.transport;

import org.vmstate.migration.ChannelAcceptor;

/// An acceptor of the channels that are connected to an address.
///
/// Safe for use by several threads. Closing it deletes the file of a Unix socket.
public interface BoundAcceptor extends ChannelAcceptor {
    /// The address, with the port that was chosen if 0 was asked for.
    MigrationAddress address();
}
