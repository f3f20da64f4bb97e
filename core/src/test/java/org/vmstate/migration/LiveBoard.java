// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import static org.vmstate.VMStateFields.uint64;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;
import org.vmstate.ram.DirtyPages;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.PresentPages;
import org.vmstate.savevm.Machine;
import org.vmstate.savevm.MachineControl;

/// A machine that runs on a thread of its own: it counts, writes each count to a place in its
/// memory that depends on the count, and reports it to the world outside.
///
/// The memory is a function of the count, so a page that was lost or is of another time shows. If
/// two boards run, or state is lost, the world sees a count twice or misses one.
final class LiveBoard implements MachineControl, PagesOnDemand, AutoCloseable {
    private static final int SLOT_BYTES = Long.BYTES;

    /// A step between two slots, which is prime to their number.
    private static final long STRIDE = 4099;

    /// The world outside: the counts in the order in which machines have reported them.
    static final class World {
        private final List<Long> counts = Collections.synchronizedList(new ArrayList<>());

        /// Returns what is wrong with the counts; empty if each is one more than the last one.
        String faults() {
            synchronized (counts) {
                for (int i = 0; i < counts.size(); i++) {
                    if (counts.get(i) != i + 1L) {
                        return "count %d is %d".formatted(i + 1, counts.get(i));
                    }
                }
            }
            return "";
        }

        int size() {
            return counts.size();
        }
    }

    /// The device.
    static final class Counter {
        private long count;

        static final VMStateDescription<Counter> VMSTATE =
                VMStateDescription.builder("counter", Counter.class, MethodHandles.lookup())
                        .fields(uint64("count"))
                        .build();
    }

    private final Arena arena = Arena.ofShared();
    private final World world;
    private final Counter counter = new Counter();
    private final MemorySegment bytes;
    private final DirtyPages.@Nullable Marks marks;
    private final long slots;
    final GuestMemory memory;
    final Machine machine;
    final List<Integer> throttles = Collections.synchronizedList(new ArrayList<>());
    private volatile long pauseNanos;
    private @Nullable Thread cpu;
    private volatile boolean stopping;
    private volatile PresentPages.@Nullable Pages pages;
    volatile boolean ended;
    volatile @Nullable IOException lost;

    LiveBoard(World world, long ramBytes, boolean withDirtyPages) {
        this.world = world;
        GuestMemory plain = GuestMemory.allocate(arena, Map.of("ram", ramBytes));
        this.memory = withDirtyPages ? plain.withDirtyPages() : plain;
        this.bytes = memory.segment("ram");
        this.marks =
                memory.dirtyPages()
                        .map(d -> d.marks(memory.find("ram").orElseThrow()))
                        .orElse(null);
        this.slots = ramBytes / SLOT_BYTES;
        this.machine = builder().build();
    }

    private Machine.Builder builder() {
        return Machine.builder("live-board")
                .ram(memory)
                .device("counter", Counter.VMSTATE, counter)
                .control(this);
    }

    /// Sets the time between two counts.
    LiveBoard pause(long nanos) {
        pauseNanos = nanos;
        return this;
    }

    LiveBoard start() {
        resume();
        return this;
    }

    @Override
    public synchronized boolean running() {
        return cpu != null;
    }

    @Override
    public synchronized void stop() {
        Thread running = cpu;
        if (running == null) {
            return;
        }
        stopping = true;
        try {
            running.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        cpu = null;
    }

    @Override
    public synchronized void resume() {
        if (cpu != null) {
            throw new IllegalStateException("it runs");
        }
        stopping = false;
        Thread started = new Thread(this::run, "live board");
        started.setDaemon(true);
        cpu = started;
        started.start();
    }

    @Override
    public void throttle(int percent) {
        throttles.add(percent);
        pauseNanos = percent * 10_000L;
    }

    @Override
    public void begin(PresentPages present) {
        pages = present.pages(memory.find("ram").orElseThrow());
    }

    @Override
    public void end() {
        ended = true;
        pages = null;
    }

    private void run() {
        try {
            work();
        } catch (IOException e) {
            lost = e; // the processor stops
        }
    }

    private void work() throws IOException {
        while (!stopping) {
            long next = counter.count + 1;
            long at = slot(next) * SLOT_BYTES;
            PresentPages.Pages missing = pages;
            if (missing != null) {
                missing.require(at, SLOT_BYTES);
            }
            counter.count = next;
            bytes.set(ValueLayout.JAVA_LONG, at, next);
            DirtyPages.Marks written = marks;
            if (written != null) {
                written.mark(at, SLOT_BYTES);
            }
            world.counts.add(next);
            if (pauseNanos > 0) {
                LockSupport.parkNanos(pauseNanos);
            }
        }
    }

    private long slot(long count) {
        return count * STRIDE % slots;
    }

    long count() {
        return counter.count;
    }

    /// Returns what is wrong with the memory of the stopped machine; empty if it is that of the
    /// count.
    String memoryFaults() {
        long first = Math.max(1, counter.count - slots + 1);
        for (long count = first; count <= counter.count; count++) {
            long there = bytes.get(ValueLayout.JAVA_LONG, slot(count) * SLOT_BYTES);
            if (there != count) {
                return "slot of count %d has %d, the count is %d"
                        .formatted(count, there, counter.count);
            }
        }
        return "";
    }

    /// Fills memory, so that there is something to send; the counts begin after it.
    LiveBoard fill() {
        for (long count = 1; count <= slots; count++) {
            bytes.set(ValueLayout.JAVA_LONG, slot(count) * SLOT_BYTES, count);
            world.counts.add(count);
        }
        counter.count = slots;
        return this;
    }

    @Override
    public void close() {
        stop();
        arena.close();
    }
}
