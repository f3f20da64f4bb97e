// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmstate.ram.RamFormat;
import org.vmstate.savevm.Machine;
import org.vmstate.testing.SmallDisk;

/// Saves that the process or the disk does not survive leave the old file or none.
///
/// Runs with `-Dvmstate.faults=true`; `-Dvmstate.faults.rounds=N` kills N times as often.
@EnabledIfSystemProperty(named = "vmstate.faults", matches = "true")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class SaveFaultsTest {
    private static final int KILLS = 8 * Integer.getInteger("vmstate.faults.rounds", 1);
    private static final int BLOCK = 4096;
    private static final String OLD = "what was there before";

    @TempDir private Path folder;

    @Test
    void killedSaveLeavesTheOldFileOrTheNewOne() throws Exception {
        Path file = folder.resolve("board.vmstate");
        Path whole = folder.resolve("whole.vmstate");
        long millis = 0;
        for (int i = 0; i < 2; i++) {
            try (Session session = new Session()) {
                long start = System.nanoTime();
                session.command("save " + whole);
                session.waitForAnswer();
                millis = (System.nanoTime() - start) / 1_000_000;
            }
        }
        Random random = new Random(7);
        Set<Path> unfinished = new HashSet<>();
        for (int i = 0; i < KILLS; i++) {
            boolean overOld = i % 2 == 0;
            Files.deleteIfExists(file);
            if (overOld) {
                Files.writeString(file, OLD);
            }
            try (Session session = new Session()) {
                session.command("save " + file);
                Thread.sleep(random.nextLong(millis + 1));
                session.kill();
            }
            unfinished.addAll(unfinishedFiles());
            if (!Files.exists(file)) {
                assertThat(overOld).isFalse();
            } else if (!overOld || Files.size(file) != OLD.length()) {
                assertThat(Files.mismatch(file, whole)).isNegative();
            }
        }
        assertThat(unfinished).as("files of saves that were killed in their midst").isNotEmpty();
        // The next process that saves into the folder removes what the killed ones left.
        try (Session session = new Session()) {
            session.command("save " + file);
            session.waitForAnswer();
        }
        assertThat(unfinishedFiles()).isEmpty();
        assertThat(Files.mismatch(file, whole)).isNegative();
    }

    private List<Path> unfinishedFiles() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().startsWith(".vmstate-")).toList();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = RamFormat.class,
            names = {"PLAIN", "MAPPED_RAM"})
    void fullDiskLeavesTheOldFile(RamFormat format) throws IOException {
        SmallBoard busy = SmallBoard.after(SmallBoard.BUSY_CYCLES);
        byte[] noise = new byte[SmallBoard.RAM_BYTES];
        new Random(3).nextBytes(noise);
        busy.board.memory().segment("ram").asByteBuffer().put(noise);
        Machine machine =
                Machine.builder("example-board-2")
                        .ramFormat(format)
                        .ram(busy.board.memory())
                        .device("cpu", Cpu.VMSTATE, busy.board.cpu())
                        .device("dma", DmaEngine.VMSTATE, busy.board.dma())
                        .build();
        byte[] whole = machine.save();
        boolean saved = false;
        int refusals = 0;
        for (long size = 2 * BLOCK; !saved; size += BLOCK) {
            try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk" + size), size)) {
                Path file = disk.folder().resolve("board.vmstate");
                Files.writeString(file, OLD);
                saved = attempt(machine, file);
                if (saved) {
                    assertThat(file).hasBinaryContent(whole);
                } else {
                    assertThat(file).hasContent(OLD);
                    refusals++;
                }
                try (Stream<Path> files = Files.list(disk.folder())) {
                    assertThat(files).containsExactly(file);
                }
            }
        }
        assertThat(refusals).isGreaterThan(5);
        assertThat(machine.save()).isEqualTo(whole);
    }

    private static boolean attempt(Machine machine, Path file) {
        try {
            machine.save(file);
            return true;
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left").hasMessageContaining(file + "");
            return false;
        }
    }

    @Test
    void fullDiskLeavesNoFileWhereThereWasNone() throws IOException {
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), 2 * BLOCK)) {
            Path file = disk.folder().resolve("board.vmstate");
            SmallBoard board = SmallBoard.after(SmallBoard.BUSY_CYCLES);
            assertThatThrownBy(() -> board.machine.save(file)).isInstanceOf(IOException.class);
            assertThat(file).doesNotExist();
        }
    }

    /// The computer in a process of its own, after it has run for a while.
    private static final class Session implements AutoCloseable {
        private final Process process;
        private final PrintStream input;
        private final BufferedReader output;

        Session() throws IOException {
            process =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-XX:+UseSerialGC",
                                    "-XX:TieredStopAtLevel=1",
                                    "--enable-native-access=ALL-UNNAMED",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    "org.vmstate.example.Terminal")
                            .redirectErrorStream(true)
                            .start();
            input = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
            output =
                    new BufferedReader(
                            new InputStreamReader(
                                    process.getInputStream(), StandardCharsets.UTF_8));
            command("run 100000");
            waitForAnswer();
        }

        void command(String line) {
            input.println(line);
        }

        /// Waits until all commands so far were executed.
        void waitForAnswer() throws IOException {
            command("show");
            String line = output.readLine();
            while (line != null && !line.startsWith("timer ")) {
                line = output.readLine();
            }
            assertThat(line).isNotNull();
        }

        void kill() throws InterruptedException {
            process.destroyForcibly();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
