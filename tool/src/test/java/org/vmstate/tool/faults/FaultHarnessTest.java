// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.SmallDisk;

/// Runs each command of [FaultTable] with each fault of the machine.
///
/// Enabled by `-Dvmstate.faults=true`; tests the packaged tool. With `-Dvmstate.faults.rounds=N`, N
/// times as many signals are sent, at more moments.
@EnabledIfSystemProperty(named = "vmstate.faults", matches = "true")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class FaultHarnessTest {
    static final List<FaultTable.Row> ROWS = FaultTable.ROWS;

    private static final List<String> SIGNALS = List.of("KILL", "TERM", "INT", "PIPE", "HUP");
    private static final Map<String, Integer> NUMBERS =
            Map.of("HUP", 1, "INT", 2, "KILL", 9, "PIPE", 13, "TERM", 15);
    private static final int ROUNDS = Integer.getInteger("vmstate.faults.rounds", 1);
    private static final int SIGNALS_PER_ROUND = 2;
    private static final String OLD = "the old contents";

    /// By how many bytes files may differ that contain the name of their input, several times.
    private static final int LONGEST_NAMES = 8192;

    /// The size of the end that such files have in common: `</svg>`, or the last chunk of a PNG.
    private static final int END_BYTES = 6;

    @TempDir private static Path shared;
    private static Path input = Path.of("");
    private static final Map<FaultTable.Row, Expected> EXPECTED = new HashMap<>();

    @TempDir private Path folder;
    private Path printed = Path.of("");
    private Path out = Path.of("");

    /// The files that a command writes without a fault, and the time that it takes.
    private record Expected(Map<String, Path> files, long millis) {}

    @BeforeAll
    static void unpack() throws IOException {
        input = Corpus.file("v-plain-72.mig").unpack(shared);
    }

    @BeforeEach
    void folders() throws IOException {
        printed = Files.createDirectory(folder.resolve("printed"));
        out = Files.createDirectory(folder.resolve("out"));
    }

    private Launcher launcher() {
        return new Launcher(printed);
    }

    private Launcher.Run run(Launcher launcher, FaultTable.Row row, Path in, Path target)
            throws IOException {
        return launcher.run(
                row.readsStandardInput() ? in : Path.of("/dev/null"), row.arguments(in, target));
    }

    private Expected expected(FaultTable.Row row) throws IOException {
        Expected known = EXPECTED.get(row);
        if (known != null) {
            return known;
        }
        Path target = Files.createTempDirectory(shared, "expected");
        run(
                launcher(),
                FaultTable.ROWS.getFirst(),
                input,
                target); // builds what the launcher needs
        long start = System.nanoTime();
        Launcher.Run run = run(launcher(), row, input, target);
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertThat(run.code()).as(run.err()).isZero();
        Map<String, Path> files = new HashMap<>();
        for (String file : row.files()) {
            files.put(file, target.resolve(file));
        }
        Expected expected = new Expected(files, millis);
        EXPECTED.put(row, expected);
        return expected;
    }

    /// Asserts that the folder contains only complete files and old ones: either all files of the
    /// command are complete or, unless `all`, none is.
    private void containsOnlyCompleteFiles(FaultTable.Row row, Path target, boolean all)
            throws IOException {
        Map<String, Path> expected = expected(row).files();
        int complete = 0;
        for (Map.Entry<String, Path> file : expected.entrySet()) {
            Path found = target.resolve(file.getKey());
            if (Files.exists(found) && !isOld(found)) {
                isComplete(row, found, file.getValue());
                complete++;
            }
        }
        assertThat(complete)
                .as("complete files")
                .isIn(all ? List.of(expected.size()) : List.of(0, expected.size()));
        assertThat(hidden(target)).isEmpty();
    }

    /// Asserts that a file is complete: the same as the one of an undisturbed run, or, if it
    /// contains the name of the input, at least as far as its end.
    private static void isComplete(FaultTable.Row row, Path found, Path expected)
            throws IOException {
        if (!row.namesInput()) {
            assertThat(Files.mismatch(found, expected)).as(found.toString()).isNegative();
            return;
        }
        byte[] bytes = Files.readAllBytes(found);
        byte[] whole = Files.readAllBytes(expected);
        assertThat(bytes.length).isCloseTo(whole.length, within(LONGEST_NAMES));
        assertThat(Arrays.copyOfRange(bytes, bytes.length - END_BYTES, bytes.length))
                .as(found.toString())
                .isEqualTo(Arrays.copyOfRange(whole, whole.length - END_BYTES, whole.length));
    }

    private static boolean isOld(Path file) throws IOException {
        return Files.size(file) == OLD.length() && Files.readString(file).equals(OLD);
    }

    private static List<Path> hidden(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(f -> f.getFileName().toString().startsWith(".vmstate-")).toList();
        }
    }

    @ParameterizedTest
    @FieldSource("ROWS")
    void signalLeavesNothingUnfinished(FaultTable.Row row) throws Exception {
        Expected expected = expected(row);
        Random random = new Random(row.command().hashCode());
        for (String signal : SIGNALS) {
            for (int i = 0; i < ROUNDS * SIGNALS_PER_ROUND; i++) {
                long delay = random.nextLong(expected.millis() + 1);
                signalled(row, signal, delay, i % 2 == 1);
            }
        }
    }

    private void signalled(FaultTable.Row row, String signal, long delay, boolean overOld)
            throws Exception {
        Path target = Files.createTempDirectory(folder, "signalled");
        Path old = target.resolve("result");
        if (overOld && row.onlyFile().isPresent()) {
            Files.writeString(old, OLD);
        }
        Launcher.Run run;
        try (Launcher.Running running =
                launcher()
                        .start(
                                row.readsStandardInput() ? input : Path.of("/dev/null"),
                                row.arguments(input, target))) {
            Thread.sleep(delay);
            running.signal(signal);
            if (signal.equals("HUP")) {
                running.signal(signal);
            }
            run = running.await();
        }
        String moment = signal + " after " + delay + " ms";
        if (row.removesFilesAtExit() && run.endedWhileTheJdkStarted()) {
            containsOnlyCompleteFiles(row, target, false);
            return;
        }
        assertThat(run.code())
                .as(moment + ": " + run.err())
                .isIn(0, 128 + NUMBERS.getOrDefault(signal, 0));
        run.hasAtMostOneMessage();
        if (signal.equals("KILL")) {
            // The next run removes what a killed run left behind.
            Launcher.Run next = run(launcher(), row, input, target);
            assertThat(next.code()).as(moment + ", next run: " + next.err()).isZero();
            containsOnlyCompleteFiles(row, target, true);
        } else {
            containsOnlyCompleteFiles(row, target, run.code() == 0);
        }
        if (overOld && row.onlyFile().isPresent() && run.code() != 0 && !signal.equals("KILL")) {
            assertThat(old).as(moment).exists();
        }
    }

    /// Returns sizes from less to more than the output needs, most of them close to its end.
    private static List<Long> sizes(long needed) {
        List<Long> sizes = new ArrayList<>(List.of(4096L, 16384L, 65536L));
        for (int percent : new int[] {10, 50, 90, 97, 100, 103, 150}) {
            sizes.add(Math.max(4096, needed * percent / 100 / 4096 * 4096));
        }
        return sizes.stream().distinct().sorted().toList();
    }

    @ParameterizedTest
    @FieldSource("ROWS")
    void fullDiskIsOneLine(FaultTable.Row row) throws Exception {
        Expected expected = expected(row);
        long needed = 5 << 20;
        for (Path file : expected.files().values()) {
            needed += row.command().contains("zlib") ? Files.size(file) : 0;
        }
        for (long size : sizes(needed)) {
            try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk" + size), size)) {
                Launcher.Run run =
                        run(
                                launcher()
                                        .with(
                                                "VMSTATE_JAVA_OPTS",
                                                "-Djava.io.tmpdir=" + disk.folder()),
                                row,
                                input,
                                disk.folder());
                assertThat(run.code()).as("disk of %d bytes: %s", size, run.err()).isIn(0, 4);
                if (run.code() == 4) {
                    run.failed();
                }
                containsOnlyCompleteFiles(row, disk.folder(), run.code() == 0);
            }
        }
    }

    @ParameterizedTest
    @FieldSource("ROWS")
    void readOnlyFoldersAreOneLine(FaultTable.Row row) throws Exception {
        expected(row);
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), 1 << 20)) {
            disk.makeReadOnly();

            Launcher.Run run =
                    run(
                            launcher()
                                    .with("VMSTATE_JAVA_OPTS", "-Djava.io.tmpdir=" + disk.folder()),
                            row,
                            input,
                            disk.folder());

            if (run.code() != 0 || !row.files().isEmpty()) {
                run.failed();
            }
        }
    }

    @ParameterizedTest
    @FieldSource("ROWS")
    void missingTemporaryFolderIsOneLine(FaultTable.Row row) throws Exception {
        expected(row);
        Path nowhere = folder.resolve("nowhere");

        Launcher.Run run =
                run(
                        launcher().with("VMSTATE_JAVA_OPTS", "-Djava.io.tmpdir=" + nowhere),
                        row,
                        input,
                        out);

        if (run.code() != 0) {
            run.failed();
            assertThat(run.err()).contains(nowhere.toString());
        }
        containsOnlyCompleteFiles(row, out, run.code() == 0);
    }

    @ParameterizedTest
    @FieldSource("ROWS")
    void outputMayBeTheInput(FaultTable.Row row) throws Exception {
        assumeTrue(
                row.onlyFile().isPresent() && !row.readsStandardInput(),
                "one output and one input");
        Expected expected = expected(row);
        String name = row.onlyFile().orElseThrow();
        for (String way : List.of("name", "link", "hard link")) {
            Path target = Files.createTempDirectory(folder, "same");
            Path result = target.resolve(name);
            Path in = target.resolve("in");
            switch (way) {
                case "name" -> {
                    Files.copy(input, result);
                    in = result;
                }
                case "link" -> {
                    Files.copy(input, in);
                    Files.createSymbolicLink(result, Path.of("in"));
                }
                default -> {
                    Files.copy(input, in);
                    Files.createLink(result, in);
                }
            }
            Files.setPosixFilePermissions(in, PosixFilePermissions.fromString("rw-------"));

            Launcher.Run run = run(launcher(), row, in, target);

            assertThat(run.code()).as(way + ": " + run.err()).isZero();
            isComplete(row, result, expected.files().get(name));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(result)))
                    .as(way)
                    .isEqualTo("rw-------");
            assertThat(Files.isSymbolicLink(result)).isEqualTo(way.equals("link"));
            assertThat(hidden(target)).isEmpty();
        }
    }

    @ParameterizedTest
    @FieldSource("ROWS")
    void inputThatShrinksIsOneLine(FaultTable.Row row) throws Exception {
        assumeTrue(!row.readsStandardInput(), "the input is mapped");
        Expected expected = expected(row);
        Random random = new Random(row.command().hashCode());
        for (int i = 0; i < ROUNDS * 2 * SIGNALS_PER_ROUND; i++) {
            Path in = Files.copy(input, folder.resolve("in" + i));
            Path target = Files.createTempDirectory(folder, "shrunk");
            Launcher.Run run;
            try (Launcher.Running running =
                    launcher().start(Path.of("/dev/null"), row.arguments(in, target))) {
                while (running.isAlive() && !maps(running, in)) {
                    Thread.sleep(1);
                }
                Thread.sleep(random.nextLong(Math.max(1, expected.millis() / 2)));
                try (FileChannel file = FileChannel.open(in, StandardOpenOption.WRITE)) {
                    file.truncate(random.nextLong(Files.size(in)));
                }
                run = running.await();
            }
            assertThat(run.code()).as(run.err()).isIn(0, 4);
            if (run.code() == 4) {
                run.failed();
                assertThat(run.err()).contains(in.toString(), "became shorter");
            }
            containsOnlyCompleteFiles(row, target, run.code() == 0);
        }
    }

    private static boolean maps(Launcher.Running running, Path file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(running.pid()), "maps"))
                    .contains(file.toString());
        } catch (IOException e) {
            return false; // the process has ended
        }
    }

    @ParameterizedTest
    @FieldSource("ROWS")
    void oddNamesWork(FaultTable.Row row) throws Exception {
        expected(row);
        List<String> locales = List.of("C.UTF-8", "C", "POSIX");
        List<String> names =
                List.of(
                        "ünï",
                        " with blanks ",
                        "-o",
                        "new\nline",
                        "x".repeat(250),
                        "\u2028",
                        "*",
                        "😀");
        for (String name : names) {
            Path odd = Files.createDirectory(folder.resolve(name));
            Path in = Files.createLink(odd.resolve(name), input);

            String locale = locales.get(locales.size() - 1 - names.indexOf(name) % locales.size());

            Launcher.Run run = run(launcher().with("LC_ALL", locale), row, in, odd);

            assertThat(run.code()).as("%s in %s: %s", name, locale, run.err()).isZero();
            containsOnlyCompleteFiles(row, odd, true);
        }
    }

    @ParameterizedTest
    @FieldSource("ROWS")
    void outputIsWrittenToLinksPipesAndDevicesAsByCp(FaultTable.Row row) throws Exception {
        assumeTrue(
                row.onlyFile().filter("result"::equals).isPresent() && !row.readsStandardInput(),
                "one input, and one output, whose name does not select a format");
        Path whole = expected(row).files().get(row.onlyFile().orElseThrow());
        List<String> arguments = row.arguments(input, out);
        Path result = out.resolve("result");
        Path elsewhere = out.resolve("elsewhere");

        Files.createSymbolicLink(result, Path.of("elsewhere"));
        Launcher.Run dangling = launcher().run(Path.of("/dev/null"), arguments);
        assertThat(dangling.code()).as(dangling.err()).isZero();
        assertThat(result).isSymbolicLink();
        assertThat(Files.mismatch(elsewhere, whole)).isNegative();

        Files.delete(result);
        Files.createSymbolicLink(result, Path.of("result"));
        launcher().run(Path.of("/dev/null"), arguments).failed();
        assertThat(Files.exists(result, LinkOption.NOFOLLOW_LINKS)).isTrue();

        Files.delete(result);
        Files.createSymbolicLink(result, Path.of("/dev/null"));
        assertThat(launcher().run(Path.of("/dev/null"), arguments).code()).isZero();

        Files.delete(result);
        Files.createDirectory(result);
        launcher().run(Path.of("/dev/null"), arguments).failed();

        Files.delete(result);
        Path copy = out.resolve("copy");
        String words =
                String.join(
                        " ",
                        arguments.stream()
                                .map(a -> a.equals(result.toString()) ? "TARGET" : "'" + a + "'")
                                .toList());
        for (String script :
                List.of(
                        "mkfifo result; cat result >copy & \"$VMSTATE\" "
                                + words.replace("TARGET", "result")
                                + " >/dev/null; code=$?; [ $code = 0 ] || : <>result; wait; exit $code",
                        "\"$VMSTATE\" "
                                + words.replace("TARGET", ">(cat >copy)")
                                + " >/dev/null; code=$?; wait $!; exit $code")) {
            Files.deleteIfExists(copy);
            Launcher.Run run = launcher().shell("cd '" + out + "'; " + script, List.of());
            if (row.needsFile()) {
                run.failed();
            } else {
                assertThat(run.code()).as(run.err()).isZero();
                assertThat(Files.mismatch(copy, whole)).as(script).isNegative();
            }
        }
        assertThat(hidden(out)).isEmpty();
    }

    @Test
    void runsIntoOneFolderDoNotDisturbEachOther() throws Exception {
        Path gate = Files.createFile(folder.resolve("gate"));
        String slow =
                """
                { head -c 2000000 "$1"; while [ -e "$2" ]; do sleep 0.1; done; tail -c +2000001 "$1"; } |
                "$VMSTATE" extract - -o "$3"
                """;
        Path images = out.resolve("images");
        try (Launcher.Running first =
                launcher()
                        .startShell(
                                Path.of("/dev/null"),
                                List.of(
                                        "bash",
                                        "-c",
                                        slow,
                                        "bash",
                                        input.toString(),
                                        gate.toString(),
                                        images.toString()))) {
            while (first.isAlive() && Objects.requireNonNull(out.toFile().list()).length < 2) {
                Thread.sleep(10);
            }
            List<Path> unfinished =
                    hidden(out).stream().filter(file -> out.equals(file.getParent())).toList();

            Launcher.Run second =
                    launcher()
                            .run(
                                    Path.of("/dev/null"),
                                    List.of(
                                            "convert",
                                            input.toString(),
                                            out.resolve("other").toString()));

            assertThat(second.code()).as(second.err()).isZero();
            assertThat(unfinished).isNotEmpty().allSatisfy(file -> assertThat(file).exists());
            Files.delete(gate);
            Launcher.Run run = first.await();
            assertThat(run.code()).as(run.err()).isZero();
        }
        assertThat(images.resolve("pc.ram.raw")).exists();
        assertThat(hidden(out)).isEmpty();
    }
}
