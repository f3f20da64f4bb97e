// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.vmstate.fuzz.Judge.Verdict;

/// A run over one target: changes inputs for some time, keeps those that have new features, and
/// writes those that break a promise.
final class Fuzzer {
    private static final int MAX_LENGTH = 48 << 10;
    private static final int RECENT = 64;
    private static final int LEARN_EVERY = 4096;
    private static final long REPORT_NANOS = Duration.ofSeconds(30).toNanos();
    private static final long LATE_NANOS = Duration.ofMinutes(10).toNanos();

    private final Target target;
    private final Supplier<List<Object>> constants;
    private final Judge judge;
    private final Mutator mutator;
    private final SplittableRandom random;
    private final Findings findings;
    private final Path kept;
    private final PrintStream out;
    private final Watchdog watchdog;

    private final Seen seen = new Seen();
    private final List<byte[]> pool = new ArrayList<>();

    /// How many features there were at the end of each period between reports.
    private final List<Integer> history = new ArrayList<>();

    private long executions;

    /// A fuzzer of one target.
    ///
    /// @param constants gives away constants of the code under test that were not given before
    /// @param kept the folder for inputs with new features
    Fuzzer(
            Target target,
            Supplier<List<Object>> constants,
            long seed,
            Findings findings,
            Path kept,
            PrintStream out) {
        this.target = target;
        this.constants = constants;
        this.judge = new Judge(target);
        this.random = new SplittableRandom(seed);
        this.mutator = new Mutator(target, random, MAX_LENGTH);
        this.findings = findings;
        this.kept = kept;
        this.out = out;
        this.watchdog = new Watchdog(Thread.currentThread(), findings);
    }

    /// What a run came to.
    ///
    /// @param recent the features first seen in the last ten minutes
    record Result(
            long executions, Duration time, int features, int blocks, int recent, int findings) {}

    /// Begins with `seeds`, then changes inputs until the time is over.
    Result run(List<byte[]> seeds, Duration time) throws IOException {
        watchdog.start();
        long start = System.nanoTime();
        for (byte[] seed : seeds) {
            if (execute(seed) || pool.isEmpty()) {
                pool.add(seed);
            }
        }
        learn();
        out.printf(
                "%s: %d seeds, %d of them kept, %d features%n",
                target.name(), seeds.size(), pool.size(), seen.features());
        long next = start + REPORT_NANOS;
        while (System.nanoTime() - start < time.toNanos()) {
            byte[] input = mutator.mutated(pick(), pick());
            if (execute(input)) {
                pool.add(input);
                Inputs.write(kept, input);
            }
            if (executions % LEARN_EVERY == 0) {
                learn();
            }
            if (System.nanoTime() - next >= 0) {
                report(System.nanoTime() - start);
                next += REPORT_NANOS;
            }
        }
        watchdog.stop();
        long nanos = System.nanoTime() - start;
        report(nanos);
        return new Result(
                executions,
                Duration.ofNanos(nanos),
                seen.features(),
                seen.blocks(),
                seen.features() - featuresBefore(LATE_NANOS),
                findings.count());
    }

    private int featuresBefore(long nanos) {
        int at = history.size() - 1 - (int) (nanos / REPORT_NANOS);
        return at < 0 ? 0 : history.get(at);
    }

    private void learn() {
        constants.get().forEach(mutator::learn);
    }

    /// One input of the pool, a recent or a short one rather than another.
    private byte[] pick() {
        int size = pool.size();
        if (random.nextInt(3) == 0) {
            return pool.get(size - 1 - random.nextInt(Math.min(size, RECENT)));
        }
        byte[] one = pool.get(random.nextInt(size));
        byte[] other = pool.get(random.nextInt(size));
        return random.nextBoolean() && other.length < one.length ? other : one;
    }

    /// Runs the target on an input; whether it has new features and breaks no promise.
    private boolean execute(byte[] input) throws IOException {
        watchdog.begin(input);
        Optional<Verdict> verdict = judge.verdict(input);
        watchdog.end();
        executions++;
        if (verdict.isPresent()) {
            if (findings.add(input, verdict.get())) {
                out.printf("%s: %s%n", target.name(), verdict.get().kind());
            }
            return false;
        }
        return seen.add();
    }

    private void report(long nanos) {
        history.add(seen.features());
        out.printf(
                "%s: %d s, %d executions, %d a second, pool %d, features %d, blocks %d, findings %d%n",
                target.name(),
                nanos / 1_000_000_000,
                executions,
                (long) (executions * 1e9 / Math.max(1, nanos)),
                pool.size(),
                seen.features(),
                seen.blocks(),
                findings.count());
    }
}
