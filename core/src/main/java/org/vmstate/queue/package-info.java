// SPDX-License-Identifier: Apache-2.0
/// Queues whose elements hold their own links, and the same queues in C memory.
///
/// | in Java | over native memory | in QEMU | in `<sys/queue.h>` |
/// |---|---|---|---|
/// | [org.vmstate.queue.TailQueue] | [org.vmstate.queue.RawTailQueue] | `QTAILQ` | `TAILQ` |
/// | [org.vmstate.queue.ListQueue] | [org.vmstate.queue.RawListQueue] | `QLIST` | `LIST` |
///
/// Device models keep their pending work in such queues, and a saved queue travels element by
/// element in this order.
@NullMarked
package org.vmstate.queue;

import org.jspecify.annotations.NullMarked;
