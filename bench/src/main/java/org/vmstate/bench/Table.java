// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Runs all benchmarks and prints one table of ratios.
///
/// ```
/// Table [seconds per measurement] [forks]
/// ```
public final class Table {
    /// The times of QEMU 10.2.2's engine on the reference machine, in nanoseconds: save, load.
    private static final Map<String, double[]> QEMU =
            Map.of(
                    "scalars", new double[] {331, 181},
                    "device", new double[] {1_289, 678},
                    "queue", new double[] {105_240, 82_132},
                    "regs", new double[] {35_287, 14_166},
                    "ptrs", new double[] {4_895, 2_919});

    /// The serializers that support all states: objects and structures in native memory, with
    /// compiled code and with the plan, and hand-written code.
    private static final List<String> OURS =
            List.of("compiled", "hand", "plan", "memory", "memoryPlan");

    private static final String FORMAT = "%-9s %-5s %-13s %11s ±%7s %11s %10s %9s %9s %9s%n";

    private final Map<String, Measured> measured = new HashMap<>();

    /// Mean time, its error and the time of the best iteration in nanoseconds, and allocated bytes,
    /// per operation. Ratios are those of the best iterations, because other load on the machine
    /// only makes an iteration slower.
    record Measured(double time, double error, double best, double bytes) {}

    private Table() {}

    /// Runs the benchmarks and prints the table.
    public static void main(String... args) throws RunnerException {
        double seconds = args.length > 0 ? Double.parseDouble(args[0]) : 1;
        int forks = args.length > 1 ? Integer.parseInt(args[1]) : 1;
        Table table = new Table();
        String both = Benchmarks.class.getName();
        table.run(both, Contenders.STATES, OURS, seconds, forks);
        table.run(both, Contenders.OTHERS, List.of("compiled", "plan"), seconds, forks);
        table.run(both + ".save", Contenders.STATES, Contenders.WITH_TEXT, seconds, forks);
        table.run(both, List.of("regs"), List.of("handBulk"), seconds, forks);
        table.run(both, List.of("device", "queue"), Contenders.LIBRARIES, seconds, forks);
        table.print();
    }

    private void run(
            String benchmarks, List<String> states, List<String> by, double seconds, int forks)
            throws RunnerException {
        TimeValue time = TimeValue.milliseconds((long) (seconds * 1000));
        Collection<RunResult> results =
                new Runner(
                                new OptionsBuilder()
                                        .include(benchmarks)
                                        .param("state", states.toArray(String[]::new))
                                        .param("by", by.toArray(String[]::new))
                                        .forks(forks)
                                        .warmupIterations(4)
                                        .warmupTime(time)
                                        .measurementIterations(10)
                                        .measurementTime(time)
                                        .addProfiler(GCProfiler.class)
                                        .jvmArgsAppend(
                                                "-XX:+UseSerialGC",
                                                "-Xms1g",
                                                "-Xmx1g",
                                                "-Xmn600m",
                                                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                                                "--add-opens=java.base/java.util=ALL-UNNAMED",
                                                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                                                "--sun-misc-unsafe-memory-access=allow",
                                                "--enable-native-access=ALL-UNNAMED")
                                        .verbosity(VerboseMode.SILENT)
                                        .build())
                        .run();
        for (RunResult result : results) {
            Result<?> primary = result.getPrimaryResult();
            Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
            measured.put(
                    result.getParams().getParam("state")
                            + ' '
                            + result.getParams().getBenchmark().replaceAll(".*\\.", "")
                            + ' '
                            + result.getParams().getParam("by"),
                    new Measured(
                            primary.getScore(),
                            primary.getScoreError(),
                            primary.getStatistics().getMin(),
                            allocated == null ? 0 : allocated.getScore()));
        }
    }

    private void print() {
        System.out.printf(
                FORMAT,
                "state",
                "",
                "by",
                "ns",
                "",
                "best ns",
                "million/s",
                "B alloc",
                "÷ ours",
                "QEMU C ÷");
        List<String> states = new ArrayList<>(Contenders.STATES);
        states.addAll(Contenders.OTHERS);
        for (String state : states) {
            for (String operation : List.of("save", "load")) {
                List<String> all = new ArrayList<>(OURS);
                all.addAll(Contenders.WITH_TEXT);
                all.add("handBulk");
                all.addAll(Contenders.LIBRARIES);
                for (String by : all) {
                    print(state, operation, by);
                }
            }
        }
    }

    private void print(String state, String operation, String by) {
        @Nullable Measured it = measured.get(state + ' ' + operation + ' ' + by);
        @Nullable Measured ours = measured.get(state + ' ' + operation + " compiled");
        double @Nullable [] qemu = QEMU.get(state);
        if (it == null || ours == null) {
            return;
        }
        System.out.printf(
                FORMAT,
                state,
                operation,
                by,
                number(it.time),
                number(it.error),
                number(it.best),
                number(1000 / it.best),
                number(Math.round(it.bytes)),
                number(it.best / ours.best),
                qemu == null ? "" : number(qemu[operation.equals("save") ? 0 : 1] / it.best));
    }

    private static String number(double value) {
        return String.format(
                Locale.ROOT, value >= 100 ? "%,.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }
}
