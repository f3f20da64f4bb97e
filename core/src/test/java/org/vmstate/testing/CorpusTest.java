// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CorpusTest {
    static List<Corpus.Entry> files() {
        return Corpus.files();
    }

    @ParameterizedTest
    @MethodSource("files")
    void fileIsWhatTheTableSays(Corpus.Entry entry) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        long size;
        try (InputStream in = new DigestInputStream(entry.open(), digest)) {
            size = in.transferTo(OutputStream.nullOutputStream());
        }
        assertThat(size).isEqualTo(entry.size());
        assertThat(HexFormat.of().formatHex(digest.digest())).isEqualTo(entry.sha256());
    }

    @Test
    void expectedStateIsWhatTheTableSays() throws Exception {
        int kept = 0;
        for (Corpus.Entry entry : Corpus.streams()) {
            if (entry.state().isPresent()) {
                byte[] state = entry.state().orElseThrow();
                kept++;
                assertThat(state).as(entry.file()).hasSize(entry.stateSize().orElseThrow());
                byte[] hash = MessageDigest.getInstance("SHA-256").digest(state);
                assertThat(entry.stateSha256()).contains(HexFormat.of().formatHex(hash));
            }
        }
        assertThat(kept).isGreaterThan(20);
    }

    @Test
    void channelsBelongToTheirMainStream() {
        assertThat(Corpus.file("v-multifd-zlib-sock-72.mig").channels()).hasSize(3);
        assertThat(Corpus.file("v-plain-72.mig").channels()).isEmpty();
        assertThat(Corpus.file("pc-default-72.mig").blocks())
                .extracting(Corpus.Block::name)
                .contains("pc.ram", "pc.bios");
    }
}
