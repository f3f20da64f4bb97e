// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The common behaviour of all commands: help, usage errors, files that cannot be read, output that
/// cannot be written.
final class MainTest {
    @TempDir Path folder;

    @Test
    void withoutArgumentsTheHelpIsShown() {
        Cli.Run run = Cli.run();

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text())
                .contains("Usage: vmstate COMMAND")
                .contains("show")
                .contains("convert");
        assertThat(run.err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "show", "check", "explain", "diff", "get", "set", "report", "convert", "ram",
                "extract", "core", "receive", "send", "capture"
            })
    void helpOfACommandBeginsWithExamples(String command) {
        Cli.Run run = Cli.run(command, "--help");

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text()).contains("Examples:\n  vmstate " + command).contains("Exit codes");
    }

    @Test
    void manualPageAndCompletionKnowEveryOption() {
        String manual = Cli.run("man").text().replace("\\-", "-");
        String completion = Cli.run("completion").text();

        assertThat(manual).startsWith(".TH VMSTATE 1\n");
        Main.commandLine(Terminal.ofProcess())
                .getSubcommands()
                .forEach(
                        (name, command) -> {
                            assertThat(completion).contains(name);
                            command.getCommandSpec()
                                    .options()
                                    .forEach(
                                            option -> {
                                                assertThat(manual).contains(option.longestName());
                                                assertThat(completion)
                                                        .contains(option.longestName());
                                            });
                        });
    }

    @Test
    void versionIsPrinted() {
        assertThat(Cli.run("--version").text()).startsWith("vmstate ");
    }

    @Test
    void unknownCommandIsAUsageError() {
        Cli.Run run = Cli.run("shw");

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err())
                .isEqualToNormalizingNewlines(
                        "vmstate: there is no command 'shw'\nTry 'vmstate --help'.\n");
    }

    @Test
    void missingFileArgumentIsAUsageError() {
        Cli.Run run = Cli.run("show");

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("'FILE'").contains("Try 'vmstate show --help'.");
    }

    @Test
    void unknownOptionIsAUsageError() {
        Cli.Run run = Cli.run("show", "--colour", Cli.sample("pc"));

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("--colour");
    }

    @Test
    void argumentsAreNotReadFromFiles() throws Exception {
        Path file = Files.writeString(folder.resolve("@x"), "--help");

        assertThat(Cli.run("show", "@" + file).code()).isEqualTo(ExitCode.IO);
    }

    @Test
    void fileThatIsMissingIsAnIoError() {
        Cli.Run run = Cli.run("show", "no/such.mig");

        assertThat(run.code()).isEqualTo(ExitCode.IO);
        assertThat(run.err()).isEqualToIgnoringNewLines("vmstate: no/such.mig: no such file");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void directoryIsAnIoError() {
        Cli.Run run = Cli.run("show", folder.toString());

        assertThat(run.code()).isEqualTo(ExitCode.IO);
        assertThat(run.err()).contains("this is a directory");
    }

    @Test
    void emptyFileIsMalformed() throws Exception {
        Path file = Files.createFile(folder.resolve("empty"));

        Cli.Run run = Cli.run("show", file.toString());

        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.err()).contains(file + ": the file is empty").hasLineCount(1);
    }

    @Test
    void fileOfAnotherKindIsMalformed() throws Exception {
        Path file = Files.writeString(folder.resolve("text"), "root:x:0:0:root:/root:/bin/sh\n");

        Cli.Run run = Cli.run("show", file.toString());

        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.err()).contains("text, not a migration stream").hasLineCount(1);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void otherCommandsTellTheSameOfTheirInput() {
        Cli.Run run = Cli.run("convert", "no/such.mig", folder.resolve("out").toString());

        assertThat(run.code()).isEqualTo(ExitCode.IO);
        assertThat(run.err()).isEqualToIgnoringNewLines("vmstate: no/such.mig: no such file");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void describingWithStandardInputIsAUsageError() {
        Cli.Run run = Cli.run("show", Cli.sample("pc"), "--describe-with", "-");

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void readerThatGoesAwayIsNoFailure() {
        assertThat(writingTo("Broken pipe")).isEqualTo("0 ");
    }

    @Test
    void outputThatCannotBeWrittenIsAnIoError() {
        assertThat(writingTo("No space left on device"))
                .isEqualToIgnoringNewLines("4 vmstate: standard output: No space left on device");
    }

    @ParameterizedTest
    @ValueSource(strings = {"convert IN -", "convert IN - --ram plain"})
    void failureToWriteDataNamesStandardOutput(String command) {
        assertThat(writingTo("No space left on device", command.split(" ")))
                .isEqualToIgnoringNewLines("4 vmstate: standard output: No space left on device");
        assertThat(writingTo("Broken pipe", command.split(" "))).isEqualTo("4 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "convert IN ''",
                "convert IN '' --ram plain",
                "core IN -o ''",
                "ram IN --map ''",
                "report IN -o ''"
            })
    void emptyNameOfAnOutputFileIsAUsageError(String command) {
        Cli.Run run =
                Cli.run(
                        Arrays.stream(command.split(" "))
                                .map(w -> w.equals("IN") ? Cli.sample("pc") : w)
                                .map(w -> w.equals("''") ? "" : w)
                                .toArray(String[]::new));

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("needs the name of a file");
    }

    @Test
    void exhaustedHeapIsNotABug() {
        StringWriter err = new StringWriter();
        Terminal terminal =
                new Terminal(
                        InputStream.nullInputStream(),
                        OutputStream.nullOutputStream(),
                        new PrintWriter(err, true),
                        false);

        int code = Failure.report(new OutOfMemoryError("Java heap space"), "vmstate", terminal);

        assertThat(code).isEqualTo(ExitCode.IO);
        assertThat(err.toString())
                .hasLineCount(1)
                .startsWith("vmstate: not enough memory: Java heap space")
                .contains("VMSTATE_JAVA_OPTS");
    }

    private static String writingTo(String failure) {
        return writingTo(failure, "show", "IN");
    }

    private static String writingTo(String failure, String... command) {
        OutputStream out =
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException(failure);
                    }
                };
        StringWriter err = new StringWriter();
        Terminal terminal =
                new Terminal(InputStream.nullInputStream(), out, new PrintWriter(err, true), false);
        String[] words =
                Arrays.stream(command)
                        .map(w -> w.equals("IN") ? Cli.sample("pc") : w)
                        .toArray(String[]::new);
        return Main.run(terminal, words) + " " + err;
    }

    @Test
    void failureOfTheToolItselfIsReportedAsSuch() {
        StringWriter err = new StringWriter();
        Terminal terminal =
                new Terminal(
                        InputStream.nullInputStream(),
                        OutputStream.nullOutputStream(),
                        new PrintWriter(err, true),
                        false);

        int code = Failure.report(new IllegalStateException("wrong"), "vmstate", terminal);

        assertThat(code).isEqualTo(ExitCode.BUG);
        assertThat(err.toString()).contains("this is a bug").contains("IllegalStateException");
    }

    @Test
    void coloursAreForTerminalsWhoseUserDoesNotForbidThem() {
        assertThat(Terminal.coloured(true, Map.of("TERM", "xterm"))).isTrue();
        assertThat(Terminal.coloured(true, Map.of("NO_COLOR", ""))).isTrue();
        assertThat(Terminal.coloured(false, Map.of("TERM", "xterm"))).isFalse();
        assertThat(Terminal.coloured(true, Map.of("NO_COLOR", "1"))).isFalse();
        assertThat(Terminal.coloured(true, Map.of("TERM", "dumb"))).isFalse();
    }

    @Test
    void coloursAreAllThatATerminalAdds() {
        String plain = Cli.run("show", Cli.sample("pseries-events")).text();
        String coloured = Cli.inColour("show", Cli.sample("pseries-events")).text();

        assertThat(coloured).contains("\u001b[1m");
        assertThat(coloured.replaceAll("\u001b\\[\\d+m", "")).isEqualTo(plain);
    }

    @Test
    void namesFromAStreamCannotControlTheTerminal() throws Exception {
        byte[] stream = Files.readAllBytes(Cli.SAMPLES.resolve("pc.mig"));
        byte[] name = "pc-i440fx".getBytes(US_ASCII);
        int at =
                new String(stream, java.nio.charset.StandardCharsets.ISO_8859_1)
                        .indexOf("pc-i440fx");
        System.arraycopy("\u001b[2Jhaha".getBytes(US_ASCII), 0, stream, at, name.length - 1);

        String text = Cli.withInput(stream, "show", "-").text();

        assertThat(text).contains("?[2Jhaha").doesNotContain("\u001b");
    }
}
