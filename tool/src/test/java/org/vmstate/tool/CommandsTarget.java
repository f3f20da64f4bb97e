// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.vmstate.fuzz.Sample;
import org.vmstate.fuzz.Structure;
import org.vmstate.fuzz.Target;
import org.vmstate.fuzz.targets.Targets;
import org.vmstate.testing.Json;

/// Runs commands in the process. The exit code must be possible for an input, malformed input must
/// be reported in one line, the output must not contain control characters, and JSON must be valid.
///
/// The first byte of the input selects the command; the others are the file that it reads.
public final class CommandsTarget implements Target {
    private static final String IN = "IN";
    private static final String OUT = "OUT";
    private static final String JSON = "--json";

    /// A stream to compare with; the fuzzer runs in the root of the sources, the tests do not.
    private static final String SAMPLE =
            Files.exists(Path.of("samples"))
                    ? Path.of("samples", "pc.mig").toString()
                    : Cli.sample("pc");

    private static final List<List<String>> COMMANDS =
            List.of(
                    List.of("show", IN),
                    List.of("show", IN, "--full", "--walk"),
                    List.of("show", IN, JSON),
                    List.of("show", IN, JSON, "**"),
                    List.of("show", IN, "--format", "qemu"),
                    List.of("show", IN, "--format", "qemu-desc"),
                    List.of("convert", IN, OUT),
                    List.of("convert", IN, OUT, "--without-vmdesc", "--with-footers"),
                    List.of("convert", IN, OUT, "--ram", "plain"),
                    List.of("convert", IN, OUT, "--ram", "mapped-ram"),
                    List.of("check", IN),
                    List.of("check", IN, IN, JSON),
                    List.of("explain", "Missing section footer for cpu", IN),
                    List.of("ram", IN),
                    List.of("ram", IN, JSON),
                    List.of("extract", IN, "-o", OUT),
                    List.of("core", IN, "-o", OUT),
                    List.of("diff", IN, IN, "--all"),
                    List.of("diff", IN, SAMPLE, JSON),
                    List.of("diff", SAMPLE, IN, "--bytes"),
                    List.of("diff", IN, SAMPLE, "--no-memory"),
                    List.of("get", IN, "**"),
                    List.of("set", IN, "**.x=1", "-o", OUT),
                    List.of("set", IN, "--drop-block", "pc.ram", "-o", OUT),
                    List.of("report", IN, "-o", OUT),
                    List.of("report", IN, SAMPLE, "-o", OUT),
                    List.of("ram", IN, "--map", OUT));

    /// The possible exit codes of a command that reads a stream. `core` reports an unknown CPU as a
    /// usage error.
    private static final List<Integer> CODES =
            List.of(ExitCode.FINE, ExitCode.FINDINGS, ExitCode.USAGE, ExitCode.MALFORMED);

    private final Target streams = Targets.of("ram");
    private final Path folder = folder();

    private static Path folder() {
        try {
            return Files.createTempDirectory("vmstate-fuzz");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return "commands";
    }

    @Override
    public String module() {
        return "tool";
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        List<byte[]> files = new ArrayList<>(Targets.of("containers").seeds());
        files.addAll(streams.seeds());
        files.addAll(Targets.of("stream").seeds());
        List<byte[]> seeds = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            seeds.add(input(i % COMMANDS.size(), files.get(i)));
        }
        for (int command = 0; command < COMMANDS.size(); command++) {
            seeds.add(input(command, files.getFirst()));
            seeds.add(input(command, streams.seeds().getFirst()));
        }
        return seeds;
    }

    private static byte[] input(int command, byte[] file) {
        byte[] input = new byte[1 + file.length];
        input[0] = (byte) command;
        System.arraycopy(file, 0, input, 1, file.length);
        return input;
    }

    @Override
    public Structure structure(byte[] input) {
        Structure structure = new Structure();
        if (input.length > 0) {
            structure.number(0, 1);
            structure.add(streams.structure(Arrays.copyOfRange(input, 1, input.length)), 1);
        }
        return structure;
    }

    @Override
    public Cost cost() {
        return new Cost(128 << 20, 4_000, 20_000_000, 20_000);
    }

    @Override
    public void run(byte[] input, Sample sample) throws IOException {
        if (input.length == 0) {
            return;
        }
        Path in = Files.write(folder.resolve("in"), Arrays.copyOfRange(input, 1, input.length));
        Path out = folder.resolve("out");
        try {
            List<String> command = COMMANDS.get((input[0] & 0xff) % COMMANDS.size());
            Cli.Run run =
                    Cli.run(
                            command.stream()
                                    .map(w -> w.equals(IN) ? in.toString() : w)
                                    .map(w -> w.equals(OUT) ? out.toString() : w)
                                    .toArray(String[]::new));
            check(command, run);
            check(
                    !command.equals(List.of("diff", IN, IN, "--all"))
                            || run.code() != ExitCode.FINDINGS,
                    "different from itself: " + run.text());
            if (command.equals(List.of("convert", IN, OUT)) && run.code() == ExitCode.FINE) {
                unchanged(input, in, out);
            }
        } finally {
            delete(out);
            Files.delete(in);
        }
        try (Stream<Path> left = Files.list(folder)) {
            List<String> names = left.map(f -> f.getFileName().toString()).toList();
            check(names.isEmpty(), "files left in the folder: " + names);
        }
    }

    private static void check(List<String> command, Cli.Run run) {
        check(CODES.contains(run.code()), "exit code " + run.code() + ": " + run.err());
        // In the formats of QEMU, stderr also has the findings.
        boolean findings = command.contains("qemu");
        if (run.code() == ExitCode.MALFORMED && !findings) {
            check(errors(run) == 1, "instead of one message: " + run.err());
        }
        check(
                run.err().codePoints().allMatch(CommandsTarget::harmless),
                "control characters in the output: " + run.err());
        check(
                run.text().codePoints().allMatch(CommandsTarget::harmless),
                "control characters in the output: " + run.text());
        boolean json = command.contains(JSON) || command.contains("--format");
        if (json && !run.text().isBlank()) {
            Json.parse(run.text());
        }
    }

    /// Returns the number of messages, without the notes of `convert` about bytes around the
    /// stream.
    private static long errors(Cli.Run run) {
        return run.err()
                .lines()
                .filter(l -> !l.contains("the output is the stream without"))
                .filter(l -> !l.contains("before the stream, as they were"))
                .count();
    }

    private static boolean harmless(int c) {
        return c == '\n'
                || !(Character.isISOControl(c)
                        || Character.getType(c) == Character.LINE_SEPARATOR
                        || Character.getType(c) == Character.PARAGRAPH_SEPARATOR
                        || Character.getType(c) == Character.FORMAT);
    }

    /// Checks that a file that begins with a stream was copied unchanged.
    private static void unchanged(byte[] input, Path in, Path out) throws IOException {
        boolean bare = input.length > 4 && input[1] == 'Q' && input[2] == 'E' && input[3] == 'V';
        check(!bare || Files.mismatch(in, out) < 0, "`convert` without options changed the stream");
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    private static void delete(Path path) throws IOException {
        if (Files.exists(path)) {
            try (Stream<Path> all = Files.walk(path)) {
                for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }
}
