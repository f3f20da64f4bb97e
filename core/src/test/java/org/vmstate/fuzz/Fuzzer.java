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

/// Runs one target for some time on mutated inputs. Keeps the inputs that have new features, and
/// writes findings to files.
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

    /// The coverage after the seeds, and at each report.
    private final List<Coverage> history = new ArrayList<>();

    private long executions;

    /// The executions and the processor time until the last report.
    private long reported;

    private long processorAtReport;

    /// Creates a fuzzer of one target.
    ///
    /// @param constants returns those constants of the code under test that it has not returned yet
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

    private record Coverage(long nanos, int features, int blocks) {}

    /// The result of a run.
    ///
    /// @param newFeatures the number of features first seen in the last ten minutes, not counting
    ///   those of the seeds
    /// @param newBlocks the number of blocks first seen in the last ten minutes, not counting those
    ///   of the seeds
    record Result(
            long executions,
            Duration time,
            int features,
            int blocks,
            int newFeatures,
            int newBlocks,
            int findings) {}

    /// Runs the seeds, then mutated inputs until the time is over.
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
        note(System.nanoTime() - start);
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
        Coverage before = before(nanos - LATE_NANOS);
        return new Result(
                executions,
                Duration.ofNanos(nanos),
                pool.features(),
                pool.blocks(),
                pool.features() - before.features(),
                pool.blocks() - before.blocks(),
                findings.count());
    }

    /// Returns the last coverage that was noted up to a time; that of the seeds if there is none.
    private Coverage before(long nanos) {
        Coverage before = history.getFirst();
        for (Coverage next : history) {
            before = next.nanos() <= nanos ? next : before;
        }
        return before;
    }

    private void learn() {
        constants.get().forEach(mutator::learn);
    }

    /// Runs the target on an input and offers it to the pool. Returns whether the input has new
    /// features and is not a finding.
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

    private void note(long nanos) {
        history.add(new Coverage(nanos, pool.features(), pool.blocks()));
    }

    private void report(long nanos) {
        note(nanos);
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
