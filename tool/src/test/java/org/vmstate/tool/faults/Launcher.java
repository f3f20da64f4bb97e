// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.vmstate.testing.Tools;

/// Runs the tool in separate processes with its launcher.
final class Launcher {
    private static final long TIMEOUT_SECONDS = 60;

    private final Path script;
    private final Path folder;
    private final Map<String, String> environment = new TreeMap<>();

    /// Creates a launcher for the tool of this source tree; the output of its runs is written to
    /// files in `folder`.
    Launcher(Path folder) {
        this(Path.of("..", "vmstate").toAbsolutePath().normalize(), folder);
        if (!Files.exists(script.resolveSibling("tool/target/vmstate.jar"))) {
            Tools.missing("the tool is not packaged");
        }
    }

    Launcher(Path script, Path folder) {
        this.script = script;
        this.folder = folder;
    }

    /// Sets an environment variable of later runs.
    Launcher with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /// The result of a run.
    record Run(int code, String out, String err) {
        /// Asserts that there is at most one message, and no stack trace.
        void hasAtMostOneMessage() {
            assertThat(err).doesNotContain("\tat ", "Exception", "this is a bug", "Runtime.exit");
            assertThat(err.lines().filter(line -> line.startsWith("vmstate:"))).hasSizeLessThan(2);
        }

        /// Whether the JDK failed to handle a signal before its module system was initialized
        /// (JDK-8367597). It then prints a line of its own or an error of its initialization, and
        /// no code of the tool has run.
        boolean endedWhileTheJdkStarted() {
            return err.matches("Runtime\\.exit\\(\\d+\\) logging failed: .*\n")
                    || (code == 1 && err.isEmpty() && out.contains("InternalError: Bad level: "));
        }

        /// Asserts that the run reported a fault of the machine in one line.
        void failed() {
            assertThat(code).as(err).isEqualTo(4);
            assertThat(err.lines().filter(line -> line.startsWith("vmstate:"))).hasSize(1);
            hasAtMostOneMessage();
        }
    }

    /// A run that has not been awaited yet.
    static final class Running implements AutoCloseable {
        private final Process process;
        private final Path out;
        private final Path err;

        private Running(Process process, Path out, Path err) {
            this.process = process;
            this.out = out;
            this.err = err;
        }

        boolean isAlive() {
            return process.isAlive();
        }

        long pid() {
            return process.pid();
        }

        /// Sends a signal, such as `TERM`.
        void signal(String name) throws IOException, InterruptedException {
            new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        }

        Run await() throws IOException, InterruptedException {
            assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).as("ends").isTrue();
            return new Run(
                    process.exitValue(),
                    Files.readString(out, java.nio.charset.StandardCharsets.ISO_8859_1),
                    Files.readString(err));
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /// Starts the tool.
    ///
    /// @param in the file that it reads as its standard input
    Running start(Path in, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(script.toString());
        command.addAll(arguments);
        return startShell(in, command);
    }

    /// Starts a command; its environment variable `VMSTATE` contains the path of the launcher.
    Running startShell(Path in, List<String> command) throws IOException {
        Path out = Files.createTempFile(folder, "out", "");
        Path err = Files.createTempFile(folder, "err", "");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectInput(in.toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        builder.environment().put("VMSTATE", script.toString());
        builder.environment().putAll(environment);
        return new Running(builder.start(), out, err);
    }

    /// Runs the tool and waits for its end.
    Run run(Path in, List<String> arguments) throws IOException {
        return end(start(in, arguments));
    }

    /// Runs a shell script and waits for its end. The launcher is `"$VMSTATE"`, the arguments are
    /// `"$1"` and so on.
    Run shell(String script, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("bash", "-c", script, "bash"));
        command.addAll(arguments);
        return end(startShell(Path.of("/dev/null"), command));
    }

    private static Run end(Running running) throws IOException {
        try (running) {
            return running.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException(e));
        }
    }
}
