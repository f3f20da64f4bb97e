// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.lang3.StringUtils;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// Every command names the file of which it reports the bytes, once.
final class MalformedFileTest {
    private static final String CUT = "CUT";
    private static final String OUT = "OUT";
    private static final String WHOLE = Cli.sample("s390x");

    static final List<List<String>> COMMANDS =
            List.of(
                    List.of("show", CUT),
                    List.of("show", CUT, "--walk", "--json"),
                    List.of("show", CUT, "--describe-with", WHOLE),
                    List.of("show", WHOLE, "--describe-with", CUT),
                    List.of("convert", CUT, OUT),
                    List.of("convert", CUT, OUT, "--ram", "mapped-ram"),
                    List.of("convert", WHOLE, OUT, "--describe-with", CUT),
                    List.of("ram", CUT),
                    List.of("ram", CUT, "--map", OUT + ".png"),
                    List.of("extract", CUT, "-o", OUT),
                    List.of("core", CUT, "-o", OUT),
                    List.of("core", WHOLE, "-o", OUT, "--describe-with", CUT),
                    List.of("diff", CUT, WHOLE),
                    List.of("diff", WHOLE, CUT),
                    List.of("diff", WHOLE, CUT, "--no-memory"),
                    List.of("get", CUT, "cpu"),
                    List.of("set", CUT, "cpu.env.psw.addr=1", "-o", OUT),
                    List.of("set", WHOLE, "--add", "cpu=cpu/fpu", "--from", CUT, "-o", OUT),
                    List.of("report", CUT, "-o", OUT),
                    List.of("report", WHOLE, CUT, "-o", OUT));

    @TempDir Path folder;

    @ParameterizedTest
    @FieldSource("COMMANDS")
    void cutFileIsNamedOnce(List<String> command) throws IOException {
        byte[] whole = Files.readAllBytes(Path.of(WHOLE));
        for (int length : new int[] {8, 90, 1000, 6000}) {
            Path cut = folder.resolve("cut.mig");
            Files.write(cut, Arrays.copyOf(whole, length));
            Cli.Run run =
                    Cli.run(
                            command.stream()
                                    .map(w -> w.equals(CUT) ? cut.toString() : w)
                                    .map(w -> w.replace(OUT, folder.resolve("out").toString()))
                                    .toArray(String[]::new));
            assertThat(run.code()).as("%d bytes: %s", length, run.err()).isEqualTo(3);
            assertThat(run.err()).startsWith("vmstate: " + cut);
            assertThat(StringUtils.countMatches(run.err(), cut.toString())).isEqualTo(1);
        }
    }
}
