// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.file.MappedFile;
import org.vmstate.wire.CancelledException;

/// A queue of operations on an image that are executed in order. A batch is filled while a thread
/// executes the batches before it.
final class Lane {
    private static final int BATCHES = 3;

    private final Executor workers;
    private final Arena arena;
    private final LaneWorker worker = new LaneWorker();
    private final @Nullable Batch[] batches = new Batch[BATCHES];
    private final List<CompletableFuture<Void>> carriedOut;
    private int filling;

    Lane(Executor workers, Arena arena) {
        this.workers = workers;
        this.arena = arena;
        CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
        this.carriedOut = new ArrayList<>(Collections.nCopies(BATCHES, done));
    }

    /// Whether an operation with `count` bytes fits into the current batch.
    boolean takes(int count) {
        return !batch().tooFullFor(count);
    }

    /// Whether no operation with bytes fits into the current batch.
    boolean isFull() {
        return batch().tooFullFor(1);
    }

    /// The batch that is being filled.
    Batch batch() {
        Batch batch = batches[filling];
        if (batch == null) {
            batch = new Batch(arena);
            batches[filling] = batch;
        }
        return batch;
    }

    /// Queues the current batch for execution and waits for an empty one.
    void handOver() throws IOException {
        Batch full = batches[filling];
        if (full == null || full.isEmpty()) {
            return;
        }
        CompletableFuture<Void> before = carriedOut.get((filling + BATCHES - 1) % BATCHES);
        carriedOut.set(filling, before.thenRunAsync(() -> worker.carryOut(full), workers));
        filling = (filling + 1) % BATCHES;
        await(carriedOut.get(filling));
    }

    /// Waits until all queued batches were executed.
    void await() throws IOException {
        await(carriedOut.get((filling + BATCHES - 1) % BATCHES));
    }

    private static void await(CompletableFuture<Void> done) throws IOException {
        try {
            done.get();
        } catch (InterruptedException e) {
            throw CancelledException.of(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof InternalError error) {
                throw MappedFile.fault(error);
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    LaneWorker worker() {
        return worker;
    }
}
