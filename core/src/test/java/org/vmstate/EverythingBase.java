// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import org.vmstate.queue.TailQueue;

/// Private members of a superclass in another nest.
@SuppressWarnings("UnusedVariable") // private fields are read by descriptions
class EverythingBase {
    private int above;
    private final byte[] bytesAbove = new byte[4];
    private final Innermost innermostAbove = new Innermost();
    private final TailQueue<Innermost> queueAbove = new TailQueue<>(e -> e.link);
}
