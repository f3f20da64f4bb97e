// SPDX-License-Identifier: Apache-2.0
package org.vmstate.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmstate.internal.schema.SchemaDump;
import org.vmstate.testing.Tools;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.wire.ReadLimits;

/// The output of `-dump-vmstate` of a real QEMU.
final class DumpInteropTest {
    @ParameterizedTest
    @CsvSource({"qemu-system-x86_64, pc", "qemu-system-ppc64, pseries"})
    void aDumpIsReadAndWrittenBackWithTheSameMembers(
            String qemu, String machine, @TempDir Path folder) throws Exception {
        Path dump = folder.resolve("dump.json");
        Process process =
                new ProcessBuilder(
                                Tools.require(qemu).toString(),
                                "-M",
                                machine,
                                "-nodefaults",
                                "-display",
                                "none",
                                "-dump-vmstate",
                                dump.toString())
                        .inheritIO()
                        .start();
        assertThat(process.waitFor()).isZero();
        byte[] text = Files.readAllBytes(dump);

        SchemaDump read = SchemaDump.parse(text, ReadLimits.DEFAULT);

        assertThat(read.devices()).hasSizeGreaterThan(50);
        assertThat(JsonObject.parse(read.toByteArray(), ReadLimits.DEFAULT))
                .isEqualTo(JsonObject.parse(text, ReadLimits.DEFAULT));
    }
}
