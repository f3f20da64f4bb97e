// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.Tools;

/// A command that is interrupted, or cannot write all of its output, leaves no files.
final class InterruptedCommandsTest {
    private static final String STREAM = "v-plain-72.mig";

    @TempDir Path folder;

    /// Runs the tool in another process; `limits` is executed by the shell before it.
    private Process start(String limits, String... arguments) throws IOException {
        Tools.require("sh");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "sh",
                                "-c",
                                limits + "exec \"$0\" \"$@\"",
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Djava.io.tmpdir="
                                        + Files.createDirectories(folder.resolve("tmp")),
                                "-XX:-UsePerfData",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName()));
        command.addAll(Arrays.asList(arguments));
        return new ProcessBuilder(command)
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile())
                .start();
    }

    private String[] arguments(String command, String input) throws IOException {
        Path output = Files.createDirectories(folder.resolve("output"));
        return command.replace("FILE", input).replace("DIR", output.toString()).split(" ");
    }

    private void nothingIsLeft() throws IOException {
        for (String name : List.of("output", "tmp")) {
            try (Stream<Path> left = Files.walk(folder.resolve(name))) {
                assertThat(left.filter(Files::isRegularFile)).isEmpty();
            }
        }
    }

    /// The output is limited to 256 KiB, which has the same effect as a full disk.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "extract FILE -o DIR",
                "core FILE -o DIR/vm.core",
                "ram FILE --map DIR/map.png",
                "convert FILE DIR/out.mig",
                "convert FILE DIR/out.mig --ram plain",
                "convert FILE DIR/out.mig --ram mapped-ram",
                "convert FILE DIR/out.mig --ram multifd"
            })
    @Timeout(60)
    void whatCannotBeWrittenWholeIsNotThere(String command) throws Exception {
        String input = Corpus.file(STREAM).unpack(folder).toString();

        Process process = start("ulimit -f 512; ", arguments(command, input));

        assertThat(process.waitFor()).isEqualTo(ExitCode.IO);
        assertThat(Files.readString(folder.resolve("err"))).startsWith("vmstate: ");
        nothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "extract - -o DIR",
                "core - -o DIR/vm.core",
                "ram - --map DIR/map.png",
                "report - -o DIR/vm.html",
                "convert - DIR/out.mig --ram plain"
            })
    @Timeout(60)
    void aSignalLeavesNothingBehind(String command) throws Exception {
        byte[] stream = Corpus.file(STREAM).bytes();

        Process process = start("", arguments(command, ""));
        try (OutputStream in = process.getOutputStream()) {
            in.write(stream, 0, stream.length / 2);
            in.flush();
            // Half of a stream is sent, and the rest never arrives.
            Path output = folder.resolve("output");
            for (int i = 0; command.startsWith("extract") && isEmpty(output) && i < 300; i++) {
                Thread.sleep(50);
            }
            process.destroy();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }

        assertThat(process.exitValue()).isNotZero();
        nothingIsLeft();
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }

    @Test
    @Timeout(60)
    void whatWasThereBeforeStays() throws Exception {
        String input = Corpus.file(STREAM).unpack(folder).toString();
        String[] arguments = arguments("convert FILE DIR/out.mig --ram plain", input);
        Path old = Files.writeString(folder.resolve("output/out.mig"), "old");

        Process process = start("ulimit -f 512; ", arguments);

        assertThat(process.waitFor()).isEqualTo(ExitCode.IO);
        assertThat(folder.resolve("output").toFile().list()).containsExactly("out.mig");
        assertThat(old).hasContent("old");
    }
}
