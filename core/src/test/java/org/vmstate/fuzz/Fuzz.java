// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.fuzz.Judge.Verdict;

/// The command line of the fuzzer, which `scripts/fuzz` calls.
final class Fuzz {
    private static final String TARGETS = "org.vmstate.fuzz.targets.Targets";
    private static final Path FINDINGS = Path.of("core", "target", "fuzz-findings");
    private static final Path KEPT = Path.of("core", "target", "fuzz");
    private static final Path LOG =
            Path.of(System.getProperty("fuzz.log", "docs/design/fuzz-log.tsv"));

    /// The maximum size of the inputs in the repository, in bytes per target.
    private static final int MAX_CORPUS = 36 << 10;

    private final InstrumentingLoader loader = new InstrumentingLoader(Fuzz.class.getClassLoader());
    private final PrintStream out = System.out;

    private Fuzz() {}

    public static void main(String[] args) throws Exception {
        List<String> words = new ArrayList<>(List.of(args));
        Path more = option(words, "--seeds").map(Path::of).orElse(null);
        Fuzz fuzz = new Fuzz();
        int code =
                switch (words.isEmpty() ? "" : words.getFirst()) {
                    case "--java-home" -> javaHome();
                    case "--list" -> fuzz.list();
                    case "--replay" -> fuzz.replay(words.get(1), Path.of(words.get(2)));
                    case "--minimize" -> fuzz.minimize(words.get(1), more);
                    default -> fuzz.run(words.get(0), Double.parseDouble(words.get(1)), more);
                };
        System.exit(code);
    }

    private static Optional<String> option(List<String> words, String name) {
        int at = words.indexOf(name);
        if (at < 0) {
            return Optional.empty();
        }
        words.remove(at);
        return Optional.of(words.remove(at));
    }

    private List<Target> targets() throws ReflectiveOperationException {
        Method all = loader.loadClass(TARGETS).getMethod("all");
        List<Target> targets = new ArrayList<>();
        for (Object target : (List<?>) all.invoke(null)) {
            targets.add((Target) target);
        }
        return targets;
    }

    private Target target(String name) throws ReflectiveOperationException {
        return targets().stream()
                .filter(t -> t.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no target " + name));
    }

    /// Prints the directory of the JDK that the build uses, for the script.
    private static int javaHome() {
        System.out.print(System.getProperty("java.home"));
        return 0;
    }

    private int list() throws ReflectiveOperationException {
        targets().forEach(t -> out.println(t.name()));
        return 0;
    }

    private int replay(String name, Path file) throws Exception {
        byte[] input = Files.readAllBytes(file);
        Judge judge = new Judge(target(name), Sample.ALL);
        judge.verdict(input); // once for the classes that it loads
        Optional<Verdict> verdict = judge.verdict(input);
        out.println(input.length + " bytes of input, " + judge.costs());
        if (verdict.isEmpty()) {
            out.println("no finding");
            return 0;
        }
        verdict.get().cause().printStackTrace(out);
        return 1;
    }

    /// Returns the folder of the inputs in the repository.
    private static Path corpus(Target target) {
        return Path.of(target.module(), "src", "test", "resources", "fuzz", target.name());
    }

    /// Returns the inputs in the repository, those of earlier runs, and those in another folder.
    private static List<byte[]> kept(Target target, @Nullable Path more) throws IOException {
        List<byte[]> inputs = new ArrayList<>(Inputs.in(corpus(target)));
        inputs.addAll(Inputs.in(KEPT.resolve(target.name())));
        if (more != null) {
            inputs.addAll(Inputs.in(more));
        }
        return inputs;
    }

    private int minimize(String name, @Nullable Path more) throws Exception {
        Target target = target(name);
        List<byte[]> inputs = kept(target, more);
        List<byte[]> few = new Minimizer(target, MAX_CORPUS).minimized(target.seeds(), inputs);
        Path folder = corpus(target);
        Inputs.clear(folder);
        for (byte[] input : few) {
            Inputs.write(folder, input);
        }
        out.printf(
                "%s: %d of %d inputs, %d bytes%n",
                name, few.size(), inputs.size(), few.stream().mapToInt(i -> i.length).sum());
        return 0;
    }

    private int run(String name, double minutes, @Nullable Path more) throws Exception {
        int findings = 0;
        for (Target target : name.equals("all") ? targets() : List.of(target(name))) {
            List<byte[]> seeds = new ArrayList<>(target.seeds());
            seeds.addAll(kept(target, more));
            Fuzzer fuzzer =
                    new Fuzzer(
                            target,
                            loader::takeConstants,
                            Long.getLong("fuzz.seed", System.nanoTime()),
                            new Findings(FINDINGS.resolve(target.name()), target.name()),
                            KEPT.resolve(target.name()),
                            out);
            Fuzzer.Result result = fuzzer.run(seeds, Duration.ofMillis((long) (minutes * 60_000)));
            log(target, result);
            findings += result.findings();
        }
        return findings == 0 ? 0 : 1;
    }

    private static void log(Target target, Fuzzer.Result result) throws IOException {
        String line =
                String.format(
                        Locale.ROOT,
                        "%s\t%s\t%s\t%d\t%.1f\t%d\t%d\t%d\t%d\t%d%n",
                        LocalDate.now(ZoneOffset.UTC),
                        System.getProperty("fuzz.commit", "-"),
                        target.name(),
                        result.executions(),
                        result.time().toMillis() / 60_000.0,
                        result.features(),
                        result.blocks(),
                        result.newFeatures(),
                        result.newBlocks(),
                        result.findings());
        Files.writeString(LOG, line, StandardOpenOption.APPEND);
    }
}
