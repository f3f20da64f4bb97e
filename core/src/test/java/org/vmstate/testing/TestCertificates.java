// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Certificates of a new authority, made with `openssl`, in a folder with the names that QEMU uses.
///
/// Tests are skipped if `openssl` is missing.
public final class TestCertificates {
    private TestCertificates() {}

    /// Creates the files for both sides; the server is `localhost` and `server.example`.
    public static Path create(Path folder) throws Exception {
        Path openssl = Tools.require("openssl");
        Files.createDirectories(folder);
        run(
                folder,
                openssl,
                "req -x509 -newkey rsa:2048 -nodes -keyout ca-key.pem -out ca-cert.pem -days 30"
                        + " -subj /CN=Test -addext basicConstraints=critical,CA:TRUE"
                        + " -addext keyUsage=critical,keyCertSign,cRLSign");
        for (String role : List.of("server", "client")) {
            Files.writeString(
                    folder.resolve("extensions"),
                    "subjectAltName=DNS:%s.example,DNS:localhost,IP:127.0.0.1\n".formatted(role)
                            + "keyUsage=digitalSignature,keyEncipherment\n"
                            + "extendedKeyUsage=serverAuth,clientAuth\n");
            run(
                    folder,
                    openssl,
                    "req -newkey rsa:2048 -nodes -keyout %1$s-key.pem -out %1$s.csr -subj /CN=%1$s.example"
                            .formatted(role));
            run(
                    folder,
                    openssl,
                    "x509 -req -in %1$s.csr -CA ca-cert.pem -CAkey ca-key.pem -CAcreateserial -days 30 -extfile extensions -out %1$s-cert.pem"
                            .formatted(role));
        }
        return folder;
    }

    private static void run(Path folder, Path openssl, String arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(openssl.toString()));
        command.addAll(List.of(arguments.split(" ")));
        Path log = folder.resolve("log");
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        if (process.waitFor() != 0) {
            throw new IOException(Files.readString(log));
        }
    }
}
