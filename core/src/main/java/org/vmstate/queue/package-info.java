// SPDX-License-Identifier: Apache-2.0
/// Queues whose elements contain their own links, and the same queues in C memory.
///
/// | in Java | over native memory | in QEMU | in `<sys/queue.h>` |
/// |---|---|---|---|
/// | [org.vmstate.queue.TailQueue] | [org.vmstate.queue.RawTailQueue] | `QTAILQ` | `TAILQ` |
/// | [org.vmstate.queue.ListQueue] | [org.vmstate.queue.RawListQueue] | `QLIST` | `LIST` |
///
/// Device models keep their pending work in such queues. A queue is saved element by element, from
/// its head.
@NullMarked
package org.vmstate.queue;

import org.jspecify.annotations.NullMarked;
