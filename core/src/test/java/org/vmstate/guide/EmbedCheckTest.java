// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.compare.QemuVersion;
import org.vmstate.compare.Verdict;
import org.vmstate.testing.Corpus;

final class EmbedCheckTest {
    @Test
    void hostTakesOverItsOwnGuestAndNotThatOfANewerQemu(@TempDir Path folder) throws IOException {
        Path own = Corpus.file("pc-default-72.mig").unpack(folder);
        Path newer = Corpus.file("pc-default-100.mig").unpack(folder);
        byte[] dump = "{\"vmschkmachine\": {\"Name\": \"pc-i440fx-7.2\"}}".getBytes(UTF_8);
        QemuVersion version = QemuVersion.parse("7.2");
        assertThat(EmbedCheck.check(own, own, dump, version).verdict()).isEqualTo(Verdict.LOADS);
        assertThat(EmbedCheck.check(newer, own, dump, version).verdict())
                .isEqualTo(Verdict.REFUSED);
    }
}
