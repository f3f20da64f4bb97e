// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.vmstate.VMStateFields.int16;
import static org.vmstate.VMStateFields.uint32;

import java.lang.invoke.MethodHandles;
import org.vmstate.queue.TailQueue;

/// A structure in another nest.
@SuppressWarnings("UnusedVariable") // private fields are read by descriptions
final class Innermost {
    private int x;
    private short y;
    final TailQueue.Link<Innermost> link = new TailQueue.Link<>();

    /// A description with the access rights of this class.
    static VMStateDescription<Innermost> described(boolean hooked) {
        var builder =
                VMStateDescription.builder("innermost", Innermost.class, MethodHandles.lookup())
                        .fields(uint32("x"), int16("y"));
        return (hooked ? builder.postLoad((s, v) -> s.x ^= 1) : builder).build();
    }
}
