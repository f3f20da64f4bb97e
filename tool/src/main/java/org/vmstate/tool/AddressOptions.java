// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import org.vmstate.transport.BoundAcceptor;
import org.vmstate.transport.MigrationAddress;

/// The address that a command connects to or listens at.
final class AddressOptions {
    private AddressOptions() {}

    /// Parses an address on the command line.
    static MigrationAddress parse(String text) throws UsageException {
        try {
            return MigrationAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    /// Warns if guest memory leaves this machine without encryption.
    static void warn(MigrationAddress address, Terminal terminal) {
        if (!address.local()) {
            terminal.message(
                    address + ": guest memory is sent without encryption; see --tls-creds");
        }
    }

    /// Listens at an address, and deletes its socket file at the latest when the process ends.
    static BoundAcceptor listen(MigrationAddress address) throws IOException {
        BoundAcceptor acceptor = address.listen();
        AtExit.close(acceptor);
        return acceptor;
    }
}
