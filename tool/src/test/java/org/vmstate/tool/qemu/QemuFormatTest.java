// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.qemu;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedWriter;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.testing.Corpus;
import org.vmstate.wire.WireReader;

/// The goldens are what QEMU's script printed.
final class QemuFormatTest {
    static List<Corpus.Entry> analyzed() {
        return Corpus.streams().stream()
                .filter(Corpus.Entry::beginsWithHeader)
                .filter(entry -> entry.stateSha256().isPresent())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("analyzed")
    void stateIsWhatQemusOwnScriptPrints(Corpus.Entry entry) throws Exception {
        SavedMachine machine = machine(entry);

        String hash = hash(out -> QemuState.print(machine, out));

        assertThat(hash).isEqualTo(entry.stateSha256().orElseThrow());
    }

    @ParameterizedTest
    @CsvSource({
        "pc-default-52.mig, 4f34c966fcb99eb911210450299f98411e429cd81901b39350468389769f37e2",
        "pseries-events-100.mig, 977c19589ef8d894fd8008756e4555d813e52a3b5acd08f25c800f0f932aa5f3",
        "s390x-72.mig, 9534e7391ec1b78b7b6fe221632f0cd3bcfc61858cd332374d3b06c7f4a53f04",
        "q35-many-100.mig, 53125771fd2dad5a949fdaed1bc1acaa53fce655a5a9b7cf838266b6a85a1402"
    })
    void descriptionIsWhatQemusOwnScriptPrints(String stream, String sha256) throws Exception {
        SavedMachine machine = machine(Corpus.file(stream));

        String hash = hash(out -> QemuDescription.print(machine.description().orElseThrow(), out));

        assertThat(hash).isEqualTo(sha256);
    }

    private static SavedMachine machine(Corpus.Entry entry) throws Exception {
        WireReader in = WireReader.of(entry.bytes());
        return SavedMachine.read(MachineReader.of(in));
    }

    private interface Printing {
        void to(Writer out) throws Exception;
    }

    private static String hash(Printing printing) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        OutputStream bytes = new DigestOutputStream(OutputStream.nullOutputStream(), digest);
        try (Writer out = new BufferedWriter(new OutputStreamWriter(bytes, US_ASCII))) {
            printing.to(out);
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
