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

/// Runs of the tool by its launcher, each in a process of its own.
final class Launcher {
    private static final long TIMEOUT_SECONDS = 60;

    private final Path script;
    private final Path folder;
    private final Map<String, String> environment = new TreeMap<>();

    /// The launcher of this tree, whose runs leave what they print in `folder`.
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

    /// Sets a variable of the environment of later runs.
    Launcher with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /// What a run that has ended left.
    record Run(int code, String out, String err) {
        /// No run says more than one line of why it failed, and none shows where in the code.
        void saysAtMostOneLine() {
            assertThat(err).doesNotContain("\tat ", "Exception", "this is a bug", "Runtime.exit");
            assertThat(err.lines().filter(line -> line.startsWith("vmstate:"))).hasSizeLessThan(2);
        }

        /// Whether the JDK did not manage to handle a signal before its module system was there
        /// (JDK-8367597): a line of its own, or an error of its initialization. No code of the tool
        /// has run then.
        boolean endedWhileTheJdkStarted() {
            return err.matches("Runtime\\.exit\\(\\d+\\) logging failed: .*\n")
                    || (code == 1 && err.isEmpty() && out.contains("InternalError: Bad level: "));
        }

        void failed() {
            assertThat(code).as(err).isEqualTo(4);
            assertThat(err.lines().filter(line -> line.startsWith("vmstate:"))).hasSize(1);
            saysAtMostOneLine();
        }
    }

    /// A run that goes on.
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

        /// Sends a signal of that name.
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
    /// @param in what it reads as its standard input
    Running start(Path in, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(script.toString());
        command.addAll(arguments);
        return startShell(in, command);
    }

    /// Starts any command, in which the launcher is `"$VMSTATE"`.
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

    /// Runs the tool to its end.
    Run run(Path in, List<String> arguments) throws IOException {
        return end(start(in, arguments));
    }

    /// Runs a script of the shell to its end, in which the launcher is `"$VMSTATE"` and the
    /// arguments are `"$1"` and so on.
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
