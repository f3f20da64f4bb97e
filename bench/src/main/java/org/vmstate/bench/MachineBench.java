// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.RamFormat;
import org.vmstate.savevm.Machine;
import org.vmstate.savevm.MachineState;
import org.vmstate.wire.WireWriter;

/// Measures a machine: saving and loading files beside `dd`, snapshots of many devices beside
/// serializers of the same objects.
///
/// ```
/// MachineBench [MiB of memory] [folder]
/// ```
public final class MachineBench {
    private static final int DEVICES = 100;
    private static final int RUNS = 5;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private MachineBench() {}

    /// Work that is measured.
    private interface Work {
        void run() throws Exception;
    }

    /// Runs and prints.
    public static void main(String... args) throws Exception {
        int mebibytes = args.length > 0 ? Integer.parseInt(args[0]) : 1024;
        Path folder = args.length > 1 ? Path.of(args[1]) : Path.of("bench/target");
        devices();
        files(mebibytes, folder);
    }

    private static void files(int mebibytes, Path folder) throws Exception {
        Path file = folder.resolve("machine.vmstate");
        try (Arena arena = Arena.ofConfined()) {
            GuestMemory memory = GuestMemory.allocate(arena, Map.of("ram", (long) mebibytes << 20));
            fill(memory);
            for (RamFormat format : List.of(RamFormat.PLAIN, RamFormat.MAPPED_RAM)) {
                Machine machine =
                        Machine.builder("bench")
                                .ramFormat(format)
                                .ram(memory)
                                .device("device", Device.Described.VMSTATE, Device.filled())
                                .build();
                double[] save = new double[RUNS];
                double[] write = new double[RUNS];
                double[] load = new double[RUNS];
                double[] read = new double[RUNS];
                Path copy = folder.resolve("machine.copy");
                for (int i = 0; i < RUNS; i++) {
                    Files.deleteIfExists(file);
                    save[i] = seconds(() -> machine.save(file));
                    Files.deleteIfExists(copy);
                    write[i] = seconds(() -> dd("if=" + file, "of=" + copy, "conv=fsync"));
                    load[i] = seconds(() -> machine.load(file));
                    read[i] = seconds(() -> dd("if=" + file, "of=/dev/null"));
                }
                row(format + " save", median(save), median(write), "dd conv=fsync");
                row(format + " load", median(load), median(read), "dd");
                Files.deleteIfExists(copy);
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static void row(String what, double ours, double theirs, String whose) {
        System.out.printf(
                Locale.ROOT,
                "%-18s %6.3f s   %s %6.3f s   ratio %.2f%n",
                what,
                ours,
                whose,
                theirs,
                ours / theirs);
    }

    private static void dd(String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("dd", "bs=1M", "status=none"));
        command.addAll(Arrays.asList(args));
        if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
            throw new IOException("dd failed");
        }
    }

    private static void fill(GuestMemory memory) {
        MemorySegment segment = memory.segment("ram");
        Random random = new Random(1);
        for (long at = 0; at < segment.byteSize(); at += Long.BYTES) {
            segment.set(ValueLayout.JAVA_LONG, at, random.nextLong());
        }
    }

    private static void devices() throws Exception {
        Machine.Builder builder = Machine.builder("bench");
        Machine.Builder withoutText = Machine.builder("bench").omitDescription();
        ArrayList<Device> graph = new ArrayList<>();
        for (int i = 0; i < DEVICES; i++) {
            Device device = Device.filled();
            graph.add(device);
            builder.device("device", Device.Described.VMSTATE, device);
            withoutText.device("device", Device.Described.VMSTATE, device);
        }
        Machine machine = builder.build();
        Machine textless = withoutText.build();
        MachineState state = new MachineState();
        WireWriter out = WireWriter.toMemory();
        measure("snapshot", () -> machine.snapshot(state));
        measure("restore", () -> machine.restore(state));
        measure(
                "stream",
                () -> {
                    out.clear();
                    machine.save(out);
                });
        measure(
                "stream without text",
                () -> {
                    out.clear();
                    textless.save(out);
                });
        for (Map.Entry<String, Contender> other :
                List.of(
                        Map.entry("kryo", (Contender) new ByKryo(graph)),
                        Map.entry("fory", (Contender) new ByFory(graph)),
                        Map.entry("serializable", (Contender) new BySerializable(graph)))) {
            measure(other.getKey() + " save", () -> other.getValue().save());
            measure(other.getKey() + " load", () -> other.getValue().load());
        }
    }

    private static void measure(String what, Work work) throws Exception {
        for (int i = 0; i < 20_000; i++) {
            work.run();
        }
        int times = 2_000;
        double best = Double.MAX_VALUE;
        long allocated = 0;
        for (int run = 0; run < 10; run++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            double one = seconds(() -> repeat(work, times)) / times;
            allocated = (THREADS.getCurrentThreadAllocatedBytes() - before) / times;
            best = Math.min(best, one);
        }
        System.out.printf(
                Locale.ROOT,
                "%d devices, %-19s %8.2f µs %9d bytes allocated%n",
                DEVICES,
                what,
                best * 1e6,
                allocated);
    }

    private static void repeat(Work work, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            work.run();
        }
    }

    private static double seconds(Work work) throws Exception {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
