// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
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
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final int MAX_LENGTH = 48 << 10;
    private static final int LEARN_EVERY = 4096;
    private static final long REPORT_NANOS = Duration.ofSeconds(30).toNanos();
    private static final long LATE_NANOS = Duration.ofMinutes(10).toNanos();

    private final Target target;
    private final Supplier<List<Object>> constants;
    private final Judge judge;
    private final Mutator mutator;
    private final Pool pool;
    private final Findings findings;
    private final Path kept;
    private final PrintStream out;
    private final Watchdog watchdog;

    /// The numbers of features and of blocks at each report.
    private final List<Coverage> history = new ArrayList<>();

    private long executions;

    /// The executions and the processor time until the last report.
    private long reported;

    private long processorAtReport;

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
        SplittableRandom random = new SplittableRandom(seed);
        this.judge = new Judge(target, oneIn -> random.nextInt(oneIn) == 0);
        this.pool = new Pool(target, random);
        this.mutator = new Mutator(target, random, MAX_LENGTH);
        this.findings = findings;
        this.kept = kept;
        this.out = out;
        this.watchdog = new Watchdog(Thread.currentThread(), findings);
    }

    private record Coverage(int features, int blocks) {}

    /// What a run came to.
    ///
    /// @param newFeatures the features first seen in the last ten minutes
    /// @param newBlocks the blocks first seen in the last ten minutes
    record Result(
            long executions,
            Duration time,
            int features,
            int blocks,
            int newFeatures,
            int newBlocks,
            int findings) {}

    /// Begins with `seeds`, then changes inputs until the time is over.
    Result run(List<byte[]> seeds, Duration time) throws IOException {
        watchdog.start();
        long start = System.nanoTime();
        for (byte[] seed : seeds) {
            execute(seed);
        }
        learn();
        out.printf(
                "%s: %d seeds, %d of them kept, %d features%n",
                target.name(), seeds.size(), pool.size(), pool.features());
        processorAtReport = SYSTEM.getProcessCpuTime();
        reported = executions;
        long next = start + REPORT_NANOS;
        while (System.nanoTime() - start < time.toNanos()) {
            byte[] input = mutator.mutated(pool.pick(), pool.pick());
            if (execute(input)) {
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
        Inputs.clear(kept);
        for (byte[] input : pool.inputs()) {
            Inputs.write(kept, input);
        }
        long nanos = System.nanoTime() - start;
        report(nanos);
        return new Result(
                executions,
                Duration.ofNanos(nanos),
                pool.features(),
                pool.blocks(),
                pool.features() - before(LATE_NANOS).features(),
                pool.blocks() - before(LATE_NANOS).blocks(),
                findings.count());
    }

    private Coverage before(long nanos) {
        int at = history.size() - 1 - (int) (nanos / REPORT_NANOS);
        return at < 0 ? new Coverage(0, 0) : history.get(at);
    }

    private void learn() {
        constants.get().forEach(mutator::learn);
    }

    /// Runs the target on an input and offers it to the pool; whether it has new features and
    /// breaks no promise.
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
        return pool.add(input);
    }

    private static long perSecond(long count, long nanos) {
        return (long) (count * 1e9 / Math.max(1, nanos));
    }

    private void report(long nanos) {
        history.add(new Coverage(pool.features(), pool.blocks()));
        long processor = SYSTEM.getProcessCpuTime();
        out.printf(
                "%s: %d s, %d executions, %d a second (now %d of processor time), pool %d, features %d, blocks %d, findings %d%n",
                target.name(),
                nanos / 1_000_000_000,
                executions,
                perSecond(executions, nanos),
                perSecond(executions - reported, processor - processorAtReport),
                pool.size(),
                pool.features(),
                pool.blocks(),
                findings.count());
        reported = executions;
        processorAtReport = processor;
    }
}
