// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.container.StreamFile;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.internal.file.MappedFile;
import org.vmstate.testing.Tools;

/// An input is opened once, whatever is asked of it.
final class InputTest {
    @TempDir Path folder;

    private static Input input(Path file) {
        Terminal terminal =
                new Terminal(
                        new ByteArrayInputStream(new byte[0]),
                        new ByteArrayOutputStream(),
                        new PrintWriter(new StringWriter()),
                        false);
        return new Input(file.toString(), Input.Choice.DEFAULT, terminal);
    }

    private Path pc() throws IOException {
        return Files.copy(Cli.SAMPLES.resolve("pc.mig"), folder.resolve("pc.mig"));
    }

    @Test
    void inputThatShrinksAfterItWasRecognizedBecameShorter() throws Exception {
        Path file = pc();
        try (Input input = input(file)) {
            assertThat(input.snapshots()).isEmpty();
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(1000);
            }

            assertThatThrownBy(
                            () -> {
                                try (StreamFile opened = input.open()) {
                                    SavedMachine.read(MachineReader.overview(opened.reader()));
                                }
                            })
                    .isInstanceOf(IOException.class)
                    .hasMessageContainingAll(file.toString(), "became shorter");
            assertThat(MappedFile.becameShorter()).isPresent();
        }
    }

    @Test
    void inputThatIsReplacedAfterItWasRecognizedIsReadAsItWas() throws Exception {
        Path file = pc();
        try (Input input = input(file)) {
            assertThat(input.snapshots()).isEmpty();
            Files.delete(file);
            Files.writeString(file, "something else");

            try (StreamFile opened = input.open()) {
                SavedMachine machine = SavedMachine.read(MachineReader.overview(opened.reader()));
                assertThat(machine.failure()).isEmpty();
            }
        }
    }

    @Test
    void referenceMayBeAPipe() throws Exception {
        Tools.require("mkfifo");
        Path file = pc();
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        Process writer =
                new ProcessBuilder("cp", file.toString(), pipe.toString()).inheritIO().start();
        try {
            Cli.Run run = Cli.run("show", file.toString(), "--describe-with", pipe.toString());

            assertThat(run.code()).as(run.err()).isZero();
        } finally {
            writer.destroy();
        }
    }

    @Test
    void failureToReadNamesTheInput() {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/mem"))); // no byte 0 to read
        Cli.Run run = Cli.run("show", "/proc/self/mem");

        assertThat(run.code()).isEqualTo(ExitCode.IO);
        assertThat(run.err()).hasLineCount(1).startsWith("vmstate: /proc/self/mem: ");
    }

    @Test
    void emptyNameOfAFileIsNoSuchFile() {
        Cli.Run run = Cli.run("show", "");

        assertThat(run.code()).isEqualTo(ExitCode.IO);
        assertThat(run.err()).isEqualToIgnoringNewLines("vmstate: '': no such file");
    }

    @Test
    void referenceThatIsNoStreamIsNamedOnce() throws Exception {
        Path text = Files.writeString(folder.resolve("text"), "nothing of interest\n");

        Cli.Run run = Cli.run("show", Cli.sample("pc"), "--describe-with", text.toString());

        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.err()).containsOnlyOnce(text.toString());
    }
}
