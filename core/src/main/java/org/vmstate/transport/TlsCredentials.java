// SPDX-License-Identifier: Apache-2.0
package org.vmstate.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.channels.ByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.vmstate.migration.ChannelAcceptor;
import org.vmstate.migration.ChannelConnector;

/// The certificates for encrypted channels, in a folder with the names that QEMU uses.
///
/// | file | contents |
/// |---|---|
/// | `ca-cert.pem` | the certificates of the authorities that both sides trust |
/// | `ca-crl.pem` | revoked certificates; optional |
/// | `client-cert.pem`, `client-key.pem` | the source's certificate and key |
/// | `server-cert.pem`, `server-key.pem` | the destination's certificate and key |
///
/// Each channel has a session of its own, and begins with a handshake in which the source is the
/// client. Both sides verify each other; the source checks that the destination's certificate is
/// for the name of its host.
///
/// Immutable. QEMU: `tls-creds-x509`.
public final class TlsCredentials {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");
    private static final long MAX_FILE_BYTES = 1 << 20;

    /// The beginning of a PKCS #8 key: version 0, algorithm RSA.
    private static final byte[] RSA_HEAD = {
        2, 1, 0, 0x30, 13, 6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 13, 1, 1, 1, 5, 0
    };

    private final Path folder;
    private final SSLContext context;
    private final Role role;

    /// The side of a migration.
    public enum Role {
        /// The source, which connects.
        CLIENT,
        /// The destination, which listens.
        SERVER
    }

    private TlsCredentials(Path folder, SSLContext context, Role role) {
        this.folder = folder;
        this.context = context;
        this.role = role;
    }

    /// Reads the files of one side.
    ///
    /// @throws IOException with the name of the file if it cannot be read or used
    public static TlsCredentials load(Path folder, Role role) throws IOException {
        String name = role == Role.CLIENT ? "client" : "server";
        Path authorities = folder.resolve("ca-cert.pem");
        Path own = folder.resolve(name + "-cert.pem");
        List<X509Certificate> trusted = certificates(authorities);
        List<X509Certificate> chain = certificates(own);
        PrivateKey key = key(folder.resolve(name + "-key.pem"));
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            KeyStore keys = emptyStore();
            keys.setKeyEntry(name, key, new char[0], chain.toArray(new Certificate[0]));
            KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
            managers.init(keys, new char[0]);
            context.init(
                    managers.getKeyManagers(),
                    new TrustManager[] {
                        new Unnamed(trust(trusted, folder.resolve("ca-crl.pem")))
                    },
                    null);
            return new TlsCredentials(folder, context, role);
        } catch (GeneralSecurityException e) {
            throw new IOException(folder + ": the credentials cannot be used: " + e.getMessage(), e);
        }
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static X509ExtendedTrustManager trust(List<X509Certificate> authorities, Path revoked)
            throws IOException, GeneralSecurityException {
        KeyStore store = emptyStore();
        for (X509Certificate authority : authorities) {
            store.setCertificateEntry("ca" + store.size(), authority);
        }
        PKIXBuilderParameters parameters =
                new PKIXBuilderParameters(store, new X509CertSelector());
        parameters.setRevocationEnabled(Files.exists(revoked));
        if (Files.exists(revoked)) {
            Collection<?> lists =
                    CertificateFactory.getInstance("X.509")
                            .generateCRLs(new ByteArrayInputStream(bytes(revoked)));
            parameters.addCertStore(
                    CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists)));
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
        managers.init(new CertPathTrustManagerParameters(parameters));
        return (X509ExtendedTrustManager) managers.getTrustManagers()[0];
    }

    /// Verifies certificates without naming the authorities to the source: the GnuTLS of QEMU 7.2
    /// sends no certificate if they are named as the JDK names them.
    private static final class Unnamed extends X509ExtendedTrustManager {
        private final X509ExtendedTrustManager manager;

        Unnamed(X509ExtendedTrustManager manager) {
            this.manager = manager;
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            manager.checkClientTrusted(chain, type, socket);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            manager.checkServerTrusted(chain, type, socket);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            manager.checkClientTrusted(chain, type, engine);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            manager.checkServerTrusted(chain, type, engine);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            manager.checkClientTrusted(chain, type);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            manager.checkServerTrusted(chain, type);
        }
    }

    private static byte[] bytes(Path file) throws IOException {
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new IOException(file + ": too large for a PEM file");
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new IOException(file + ": no such file", e);
        }
    }

    /// The blocks of a PEM file of a type, decoded.
    private static List<byte[]> blocks(Path file, String type) throws IOException {
        List<byte[]> blocks = new ArrayList<>();
        Matcher block = BLOCK.matcher(new String(bytes(file), ISO_8859_1));
        while (block.find()) {
            if (block.group(1).equals(type)) {
                try {
                    blocks.add(Base64.getMimeDecoder().decode(block.group(2)));
                } catch (IllegalArgumentException e) {
                    throw new IOException(file + ": invalid Base64", e);
                }
            }
        }
        return blocks;
    }

    private static List<X509Certificate> certificates(Path file) throws IOException {
        List<X509Certificate> certificates = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (byte[] block : blocks(file, "CERTIFICATE")) {
                certificates.add(
                        (X509Certificate)
                                factory.generateCertificate(new ByteArrayInputStream(block)));
            }
        } catch (CertificateException e) {
            throw new IOException(file + ": invalid certificate: " + e.getMessage(), e);
        }
        if (certificates.isEmpty()) {
            throw new IOException(file + ": there is no certificate in it");
        }
        return certificates;
    }

    private static PrivateKey key(Path file) throws IOException {
        List<byte[]> plain = blocks(file, "PRIVATE KEY");
        if (plain.isEmpty()) {
            for (byte[] rsa : blocks(file, "RSA PRIVATE KEY")) {
                plain.add(sequence(RSA_HEAD, tagged(4, rsa)));
            }
        }
        if (plain.isEmpty()) {
            throw new IOException(
                    file
                            + ": there is no PKCS #8 key in it; 'openssl pkcs8 -topk8 -nocrypt' makes one"
                            + " of other keys");
        }
        for (String algorithm : List.of("RSA", "EC", "EdDSA", "RSASSA-PSS")) {
            try {
                return KeyFactory.getInstance(algorithm)
                        .generatePrivate(new PKCS8EncodedKeySpec(plain.getFirst()));
            } catch (InvalidKeySpecException e) {
                // another algorithm
            } catch (GeneralSecurityException e) {
                throw new IOException(file + ": " + e.getMessage(), e);
            }
        }
        throw new IOException(file + ": the key is invalid, or of an unknown algorithm");
    }

    private static byte[] sequence(byte[] first, byte[] second) {
        byte[] content = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, content, first.length, second.length);
        return tagged(0x30, content);
    }

    /// A DER value with a length of two bytes.
    private static byte[] tagged(int tag, byte[] content) {
        byte[] value = new byte[4 + content.length];
        value[0] = (byte) tag;
        value[1] = (byte) 0x82;
        value[2] = (byte) (content.length >> 8);
        value[3] = (byte) content.length;
        System.arraycopy(content, 0, value, 4, content.length);
        return value;
    }

    /// Returns a connector whose channels are encrypted; a channel is opened when its handshake is
    /// complete.
    ///
    /// @param hostname the name or literal address that the destination's certificate must have
    /// @throws IllegalStateException if these are the destination's credentials
    public ChannelConnector connector(ChannelConnector plain, String hostname) {
        require(Role.CLIENT);
        return () -> {
            SSLEngine engine = context.createSSLEngine(hostname, 0);
            engine.setUseClientMode(true);
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            engine.setSSLParameters(parameters);
            return open(plain.connect(), engine);
        };
    }

    /// Returns an acceptor whose channels are encrypted; a channel is accepted when its handshake is
    /// complete. Closing it closes `plain`.
    ///
    /// @throws IllegalStateException if these are the source's credentials
    public ChannelAcceptor acceptor(ChannelAcceptor plain) {
        require(Role.SERVER);
        return new ChannelAcceptor() {
            @Override
            public ByteChannel accept() throws IOException {
                SSLEngine engine = context.createSSLEngine();
                engine.setUseClientMode(false);
                engine.setNeedClientAuth(true);
                return open(plain.accept(), engine);
            }

            @Override
            public void close() throws IOException {
                plain.close();
            }
        };
    }

    private void require(Role wanted) {
        if (role != wanted) {
            throw new IllegalStateException("these are the credentials of a " + role);
        }
    }

    private static ByteChannel open(ByteChannel plain, SSLEngine engine) throws IOException {
        TlsChannel channel = new TlsChannel(plain, engine);
        try {
            channel.handshake();
            return channel;
        } catch (IOException | RuntimeException e) {
            plain.close();
            throw e;
        }
    }

    @Override
    public String toString() {
        return folder + " (" + role + ")";
    }
}
