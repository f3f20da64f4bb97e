// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import static org.vmstate.VMStateFields.qtailq;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.vstruct;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;
import org.vmstate.queue.TailQueue;

/// A device that copies memory. Requests wait in a queue; each tick copies a piece of the first
/// one.
final class DmaEngine implements Peripheral {
    static final int SOURCE = 0;
    static final int TARGET = 4;
    static final int LENGTH = 8;

    /// Writing any value posts a request made of the three registers above. It is ignored if
    /// [#MAX_WAITING] requests wait.
    static final int POST = 12;

    /// The number of requests that wait; read only.
    static final int WAITING = 16;

    /// The number of requests that were completed; read only.
    static final int COMPLETED = 20;

    /// The number of requests whose range was not in the memory; read only. Since release 2.
    static final int FAILED = 24;

    static final int MAX_WAITING = 16;

    /// The number of bytes that are copied in a tick.
    private static final int TICK_BYTES = 32;

    private final transient InterruptController interrupts;
    private final transient Ram ram;
    private int source;
    private int target;
    private int length;
    private final Counters counters = new Counters();
    private final TailQueue<Request> requests = new TailQueue<>(request -> request.next);

    /// A range to be copied, of which the first `done` bytes have been.
    static final class Request {
        private int source;
        private int target;
        private int length;
        private int done;
        private final TailQueue.Link<Request> next = new TailQueue.Link<>();

        static final VMStateDescription<Request> VMSTATE =
                VMStateDescription.builder("dma-request", Request.class, MethodHandles.lookup())
                        .fields(
                                uint32("source"),
                                uint32("target"),
                                uint32("length"),
                                uint32("done"))
                        .build();
    }

    /// What became of the requests. The structure has a second version.
    static final class Counters {
        private int completed;
        private int failed;

        static final VMStateDescription<Counters> VMSTATE =
                VMStateDescription.builder("dma-counters", Counters.class, MethodHandles.lookup())
                        .versionId(2)
                        .minimumVersionId(1)
                        .fields(uint32("completed"), uint32("failed").sinceVersion(2))
                        .build();
    }

    DmaEngine(InterruptController interrupts, Ram ram) {
        this.interrupts = interrupts;
        this.ram = ram;
    }

    /// Loading appends to a queue, so it must be empty before.
    void reset() {
        source = 0;
        target = 0;
        length = 0;
        counters.completed = 0;
        counters.failed = 0;
        requests.clear();
    }

    static final VMStateDescription<DmaEngine> VMSTATE =
            VMStateDescription.builder("dma", DmaEngine.class, MethodHandles.lookup())
                    .versionId(2)
                    .minimumVersionId(1)
                    .preLoad(DmaEngine::reset)
                    .fields(
                            uint32("source"),
                            uint32("target"),
                            uint32("length"),
                            // Version 1 of the device has version 1 of the structure, and 2 has 2.
                            vstruct("counters", Counters.VMSTATE, 1).elementVersion(2, 2),
                            qtailq("requests", 1, Request.VMSTATE, Request::new))
                    .build();

    /// Lets one tick pass.
    void tick() {
        Request first = requests.first();
        if (first == null) {
            return;
        }
        int left = first.length - first.done;
        int count = Integer.compareUnsigned(left, TICK_BYTES) < 0 ? left : TICK_BYTES;
        if (!Bus.copy(ram, first.source + first.done, first.target + first.done, count)) {
            counters.failed++;
        } else {
            first.done += count;
            if (first.done != first.length) {
                return;
            }
            counters.completed++;
        }
        requests.remove(first);
        interrupts.raise(InterruptController.DMA);
    }

    private void post() {
        if (requests.size() < MAX_WAITING) {
            Request request = new Request();
            request.source = source;
            request.target = target;
            request.length = length;
            requests.insertTail(request);
        }
    }

    @Override
    public int read(int offset) {
        return switch (offset) {
            case SOURCE -> source;
            case TARGET -> target;
            case LENGTH -> length;
            case WAITING -> requests.size();
            case COMPLETED -> counters.completed;
            case FAILED -> counters.failed;
            default -> 0;
        };
    }

    @Override
    public void write(int offset, int value) {
        switch (offset) {
            case SOURCE -> source = value;
            case TARGET -> target = value;
            case LENGTH -> length = value;
            case POST -> post();
            default -> {}
        }
    }
}
