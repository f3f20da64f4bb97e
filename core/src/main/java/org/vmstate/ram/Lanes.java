// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// The threads that decode pages and write them to the files of an image, while the next pages are
/// read.
///
/// Each block is cut into stripes, and each stripe belongs to one lane, which carries out what it
/// is told in that order. So of a page that comes several times the last one stays, and a delta
/// finds the page's previous content, however many threads there are. What fails is told by a later
/// call, at the latest by [#settle()]: the first in the order of the calls.
///
/// The calls are for one thread.
final class Lanes implements AutoCloseable {
    /// As much of a block as one word of a [PageMap] stands for, so that no two lanes share one.
    static final int STRIPE_BYTES = Long.SIZE * PageMap.GRANULE;

    private static final int MAX_LANES = 32;

    private final ExecutorService workers;
    private final List<Lane> lanes = new ArrayList<>();
    private @Nullable Batch current;
    private @Nullable Lane used;
    private long number;
    private boolean busy;

    /// @param arena of memory that is needed until this is closed
    Lanes(Arena arena) {
        int count = Math.clamp(Runtime.getRuntime().availableProcessors(), 2, MAX_LANES);
        workers =
                Executors.newFixedThreadPool(
                        count, Thread.ofPlatform().daemon().name("vmstate-ram-", 0).factory());
        for (int i = 0; i < count; i++) {
            lanes.add(new Lane(workers, arena));
        }
    }

    /// Threads for more work that does not wait for other work.
    Executor workers() {
        return workers;
    }

    /// How many bytes from an offset on are in the same stripe.
    static int inStripe(long offset) {
        return STRIPE_BYTES - (int) (offset & (STRIPE_BYTES - 1));
    }

    /// Has a piece put, whose bytes the caller writes to the memory returned before any other call.
    MemorySegment put(BlockFile file, long offset, int count) throws IOException {
        file.place();
        return batch(offset, count).put(file, offset, count, number++);
    }

    /// Has a piece put out of other memory, which must not change before [#settle()].
    void put(BlockFile file, long offset, int count, MemorySegment from, long at)
            throws IOException {
        file.place();
        batch(offset, 0).put(file, offset, count, number++, from, at);
    }

    /// Where the bytes of the last [#decode] go.
    byte[] bytes() {
        if (current == null) {
            throw new IllegalStateException("no operation yet");
        }
        return current.bytes();
    }

    /// Has a piece made zero.
    void zero(BlockFile file, long offset, int count) throws IOException {
        batch(offset, 0).zero(file, offset, count, number++);
    }

    /// Has a page decoded; its `length` bytes go to [#bytes()], from the index returned on, before
    /// any other call.
    int decode(
            BlockFile file,
            long offset,
            int pageSize,
            PageOperation.Code code,
            int length,
            long record)
            throws IOException {
        file.place();
        Batch batch = batch(offset, length);
        return batch.decode(file, offset, pageSize, number++, code, length, record);
    }

    private Batch batch(long offset, int count) throws IOException {
        busy = true;
        if (used != null && used.isFull()) {
            handOver(used);
        }
        Lane lane = lanes.get((int) (offset / STRIPE_BYTES % lanes.size()));
        if (!lane.takes(count)) {
            handOver(lane);
        }
        used = lane;
        current = lane.batch();
        return current;
    }

    private void handOver(Lane lane) throws IOException {
        lane.handOver();
        if (lane.worker().failure() != null) {
            settle();
        }
    }

    /// Waits until everything is done.
    ///
    /// @throws IOException the first thing that failed, if anything did, also if it was told before
    void settle() throws IOException {
        if (!busy) {
            return;
        }
        for (Lane lane : lanes) {
            lane.handOver();
        }
        LaneWorker.@Nullable Failure first = null;
        for (Lane lane : lanes) {
            lane.await();
            LaneWorker.Failure failure = lane.worker().failure();
            if (failure != null && (first == null || failure.number() < first.number())) {
                first = failure;
            }
        }
        if (first != null) {
            throw first.cause();
        }
        busy = false;
    }

    /// Waits for the threads to end; what was not handed over is lost.
    @Override
    public void close() {
        workers.close();
        for (Lane lane : lanes) {
            lane.worker().close();
        }
    }
}
