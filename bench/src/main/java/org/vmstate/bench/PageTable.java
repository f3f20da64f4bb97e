// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Runs the benchmarks of pages and prints one table of ratios.
///
/// ```
/// PageTable [seconds per measurement] [forks]
/// ```
public final class PageTable {
    private static final String FORMAT = "%-8s %-8s %9s ±%6s  %s%n";

    private PageTable() {}

    /// Runs and prints.
    public static void main(String... args) throws RunnerException {
        TimeValue time =
                TimeValue.milliseconds(
                        (long) ((args.length > 0 ? Double.parseDouble(args[0]) : 1) * 1000));
        Collection<RunResult> results =
                new Runner(
                                new OptionsBuilder()
                                        .include(PageBenchmarks.class.getName())
                                        .forks(args.length > 1 ? Integer.parseInt(args[1]) : 1)
                                        .warmupIterations(3)
                                        .warmupTime(time)
                                        .measurementIterations(5)
                                        .measurementTime(time)
                                        .jvmArgsAppend(
                                                "-XX:+UseSerialGC",
                                                "-Xms1g",
                                                "-Xmx1g",
                                                "--sun-misc-unsafe-memory-access=allow")
                                        .verbosity(VerboseMode.SILENT)
                                        .build())
                        .run();
        Map<String, RunResult> all = new HashMap<>();
        for (RunResult result : results) {
            all.put(
                    result.getParams().getParam("change")
                            + result.getParams().getBenchmark().replaceAll(".*\\.", " "),
                    result);
        }
        System.out.printf(FORMAT, "pages", "", "ns/page", "", "ratio");
        for (PageBenchmarks.Change change : PageBenchmarks.Change.values()) {
            print(all, change, "read", "read");
            print(all, change, "copy", "copy");
            print(all, change, "isZero", "read");
            print(all, change, "encode", "copy");
            print(all, change, "decode", "copy");
        }
    }

    private static void print(
            Map<String, RunResult> all, PageBenchmarks.Change change, String what, String beside) {
        RunResult result = all.get(change + " " + what);
        RunResult other = all.get(change + " " + beside);
        if (result == null || other == null) {
            return;
        }
        double time = result.getPrimaryResult().getScore();
        System.out.printf(
                FORMAT,
                change.name().toLowerCase(Locale.ROOT),
                what,
                number(time),
                number(result.getPrimaryResult().getScoreError()),
                what.equals(beside)
                        ? ""
                        : number(time / other.getPrimaryResult().getScore()) + " of " + beside);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : "%.2f", value);
    }
}
