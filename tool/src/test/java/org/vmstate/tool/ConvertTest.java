// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.Corpus;

/// `vmstate convert` keeps everything that no option changes.
final class ConvertTest {
    @TempDir Path folder;

    static List<Corpus.Entry> streams() {
        return Corpus.streams().stream().filter(Corpus.Entry::beginsWithHeader).toList();
    }

    @ParameterizedTest
    @MethodSource("streams")
    void everyStreamComesOutAsItWentIn(Corpus.Entry entry) throws Exception {
        Path in = entry.unpack(folder);
        Path out = folder.resolve("out.mig");

        Cli.Run run = Cli.run("convert", in.toString(), out.toString());

        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(Files.mismatch(in, out)).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "pseries-events", "s390x"})
    void pipeComesOutAsItWentIn(String sample) throws Exception {
        byte[] stream = Files.readAllBytes(Cli.SAMPLES.resolve(sample + ".mig"));

        assertThat(Cli.withInput(stream, "convert", "-", "-").out()).isEqualTo(stream);
    }

    @ParameterizedTest
    @ValueSource(strings = {"footers", "vmdesc", "configuration"})
    void partLeftOutAndAddedAgainGivesTheOriginal(String part) throws Exception {
        for (String sample : List.of("pc", "pseries-events", "s390x")) {
            Path original = Cli.SAMPLES.resolve(sample + ".mig");
            Path without = folder.resolve(sample + ".without");
            Path again = folder.resolve(sample + ".again");

            assertThat(run(original, without, "--without-" + part)).isEqualTo(ExitCode.FINE);
            assertThat(Files.size(without)).isLessThan(Files.size(original));
            assertThat(
                            run(
                                    without,
                                    again,
                                    "--with-" + part,
                                    "--describe-with",
                                    original.toString()))
                    .isEqualTo(ExitCode.FINE);
            assertThat(Files.mismatch(original, again)).as(sample).isEqualTo(-1);
        }
    }

    private static int run(Path in, Path out, String... options) {
        String[] args = {"convert", in.toString(), out.toString()};
        String[] all = Arrays.copyOf(args, args.length + options.length);
        System.arraycopy(options, 0, all, args.length, options.length);
        return Cli.run(all).code();
    }

    @Test
    void partCannotBeBothLeftOutAndAdded() {
        assertThat(Cli.run("convert", "a", "b", "--with-vmdesc", "--without-vmdesc").code())
                .isEqualTo(ExitCode.USAGE);
    }

    @Test
    void addingADescriptionNeedsOne() {
        Cli.Run run = Cli.run("convert", Cli.sample("pc"), "-", "--with-vmdesc");

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("--with-vmdesc needs --describe-with OTHER");
    }

    @Test
    void descriptionOfAnotherMachineIsRefused() throws Exception {
        Path without = folder.resolve("without");
        Path out = folder.resolve("out");
        assertThat(run(Cli.SAMPLES.resolve("pc.mig"), without, "--without-vmdesc")).isZero();

        assertThat(run(without, out, "--with-vmdesc", "--describe-with", Cli.sample("s390x")))
                .isEqualTo(ExitCode.MALFORMED);
        assertThat(out).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--without-footers", "--without-configuration"})
    void mappedRamCannotMove(String option) throws Exception {
        String stream = Corpus.file("v-mappedram-100.mig").unpack(folder).toString();
        Path out = folder.resolve("out");

        Cli.Run run = Cli.run("convert", stream, out.toString(), option);

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("mapped-ram");
        assertThat(out).doesNotExist();
    }

    @Test
    void failedConversionLeavesTheOldFileAndNothingElse() throws Exception {
        Path in = folder.resolve("in");
        byte[] stream = Files.readAllBytes(Cli.SAMPLES.resolve("pc.mig"));
        Files.write(in, Arrays.copyOf(stream, 20_000));
        Path out = Files.writeString(folder.resolve("out"), "old");

        Cli.Run run = Cli.run("convert", in.toString(), out.toString());

        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.err()).hasLineCount(1);
        assertThat(out).hasContent("old");
        assertThat(folder).isDirectoryNotContaining(p -> !p.equals(in) && !p.equals(out));
    }

    @Test
    void fileMayBeConvertedOntoItself() throws Exception {
        Path file = folder.resolve("file");
        Files.copy(Cli.SAMPLES.resolve("pc.mig"), file);

        assertThat(run(file, file)).isEqualTo(ExitCode.FINE);
        assertThat(Files.mismatch(file, Cli.SAMPLES.resolve("pc.mig"))).isEqualTo(-1);
    }

    @Test
    void deviceIsWrittenToAndNotReplaced() {
        Path device = Path.of("/dev/null");
        org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(device));

        assertThat(run(Cli.SAMPLES.resolve("pc.mig"), device)).isEqualTo(ExitCode.FINE);
        assertThat(Files.isRegularFile(device)).isFalse();
    }
}
