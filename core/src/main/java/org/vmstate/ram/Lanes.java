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

/// The threads that decode pages and write them to the files of an image while the caller reads the
/// next pages.
///
/// Each block is divided into stripes. Each stripe belongs to one lane, which executes its
/// operations in the order of the calls. Therefore the last of several writes of a page wins, and a
/// delta finds the page's previous content, independent of the number of threads. The failure of an
/// operation is thrown by a later call, at the latest by [#settle()]; of several failures, the one
/// of the earliest call is thrown.
///
/// Not safe for use by several threads.
final class Lanes implements AutoCloseable {
    /// The part of a block that one word of a [PageMap] covers, so that no two lanes write the same
    /// word.
    static final int STRIPE_BYTES = Long.SIZE * PageMap.GRANULE;

    private static final int MAX_LANES = 32;

    private final ExecutorService workers;
    private final List<Lane> lanes = new ArrayList<>();
    private @Nullable Batch current;
    private @Nullable Lane used;
    private long number;
    private boolean busy;

    /// @param arena allocates the batches; must stay open until this is closed
    Lanes(Arena arena) {
        int count = Math.clamp(Runtime.getRuntime().availableProcessors(), 2, MAX_LANES);
        workers =
                Executors.newFixedThreadPool(
                        count, Thread.ofPlatform().daemon().name("vmstate-ram-", 0).factory());
        for (int i = 0; i < count; i++) {
            lanes.add(new Lane(workers, arena));
        }
    }

    /// Runs other tasks. A task must not wait for another one.
    Executor workers() {
        return workers;
    }

    /// The number of bytes from an offset to the end of its stripe.
    static int inStripe(long offset) {
        return STRIPE_BYTES - (int) (offset & (STRIPE_BYTES - 1));
    }

    /// Queues a write. The caller copies the bytes to the returned memory before any other call.
    MemorySegment put(BlockFile file, long offset, int count) throws IOException {
        file.place();
        return batch(offset, count).put(file, offset, count, number++);
    }

    /// Queues a write of bytes in other memory, which must not change before [#settle()].
    void put(BlockFile file, long offset, int count, MemorySegment from, long at)
            throws IOException {
        file.place();
        batch(offset, 0).put(file, offset, count, number++, from, at);
    }

    /// The array to which the caller copies the bytes of the last [#decode].
    byte[] bytes() {
        if (current == null) {
            throw new IllegalStateException("no operation yet");
        }
        return current.bytes();
    }

    /// Queues zeroing a range.
    void zero(BlockFile file, long offset, int count) throws IOException {
        batch(offset, 0).zero(file, offset, count, number++);
    }

    /// Queues the decoding of a page. The caller copies its `length` encoded bytes to [#bytes()],
    /// from the returned index on, before any other call.
    int decode(
            BlockFile file,
            long offset,
            int pageSize,
            PageOperation.Codec codec,
            int length,
            long record)
            throws IOException {
        file.place();
        Batch batch = batch(offset, length);
        return batch.decode(file, offset, pageSize, number++, codec, length, record);
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

    /// Waits until all operations were executed.
    ///
    /// @throws IOException the failure of the earliest operation that failed, also if it was thrown
    ///   before
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

    /// Waits for the threads to end. Operations that are not yet handed over are dropped.
    @Override
    public void close() {
        workers.close();
        for (Lane lane : lanes) {
            lane.worker().close();
        }
    }
}
