// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.vmstate.migration.ChannelAcceptor;
import org.vmstate.migration.ChannelConnector;
import org.vmstate.transport.BoundAcceptor;
import org.vmstate.transport.MigrationAddress;
import org.vmstate.transport.TlsCredentials;
import picocli.CommandLine.Option;

/// The option for encrypted channels.
final class TlsOptions {
    @Option(
            names = "--tls-creds",
            paramLabel = "DIR",
            description =
                    "Encrypt with the certificates in this folder, as of QEMU's tls-creds-x509: ca-cert.pem, server-cert.pem, server-key.pem or client-cert.pem, client-key.pem.")
    private @Nullable Path credentials;

    /// Warns if guest memory leaves this machine without encryption.
    void warn(MigrationAddress address, Terminal terminal) {
        if (credentials == null) {
            AddressOptions.warn(address, terminal);
        }
    }

    /// Returns a factory of acceptors; reads the certificates before anybody connects.
    Acceptors acceptors() throws IOException {
        if (credentials == null) {
            return plain -> plain;
        }
        return TlsCredentials.load(credentials, TlsCredentials.Role.SERVER)::acceptor;
    }

    /// Returns a connector to an address.
    ///
    /// @param hostname the name in the destination's certificate, if it is not that of the address
    ChannelConnector connector(MigrationAddress address, @Nullable String hostname)
            throws IOException, UsageException {
        if (credentials == null) {
            if (hostname != null) {
                throw new UsageException("--tls-hostname needs --tls-creds");
            }
            return address.connector();
        }
        String name = hostname;
        if (name == null) {
            if (!(address instanceof MigrationAddress.Tcp tcp)) {
                throw new UsageException("the address has no host; see --tls-hostname");
            }
            name = tcp.host();
        }
        return TlsCredentials.load(credentials, TlsCredentials.Role.CLIENT)
                .connector(address.connector(), name);
    }

    /// Makes an acceptor from one of an address.
    @FunctionalInterface
    interface Acceptors {
        /// Returns an acceptor of the same connections, encrypted or not.
        ChannelAcceptor of(BoundAcceptor plain);
    }
}
