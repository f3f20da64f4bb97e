// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinTask;

/// Divides work on guest memory among threads, because one thread does not copy as fast as the
/// memory permits.
final class Parallel {
    /// The number of bytes for which another thread is worth its start: about 100 µs of copying.
    private static final int MIN_PART_BYTES = 1 << 19;

    /// More threads do not copy faster.
    private static final int MAX_PARTS = 4;

    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    /// A thread that may not access confined memory; it is never started.
    private static final Thread OTHER = Thread.ofPlatform().unstarted(() -> {});

    private Parallel() {}

    /// Work on a range of pages.
    interface Work {
        void pages(int from, int to);
    }

    /// Does work that copies `pages` pages from `source` to `target`, in this thread and, if there
    /// are enough pages and both may be accessed by other threads, in others. Returns when all is
    /// done.
    ///
    /// @throws InternalError if a mapped file cannot be accessed
    static void run(
            int pages, int pageSize, MemorySegment source, MemorySegment target, Work work) {
        long most = (long) pages * pageSize / MIN_PART_BYTES;
        int parts = (int) Math.min(most, Math.min(PROCESSORS, MAX_PARTS));
        if (parts <= 1 || !source.isAccessibleBy(OTHER) || !target.isAccessibleBy(OTHER)) {
            work.pages(0, pages);
            return;
        }
        List<ForkJoinTask<?>> others = new ArrayList<>();
        for (int part = 1; part < parts; part++) {
            int from = (int) ((long) pages * part / parts);
            int to = (int) ((long) pages * (part + 1) / parts);
            others.add(ForkJoinTask.adapt(() -> work.pages(from, to)).fork());
        }
        try {
            work.pages(0, pages / parts);
        } finally {
            others.forEach(ForkJoinTask::quietlyJoin);
        }
        others.forEach(ForkJoinTask::join); // throws what was thrown
    }
}
