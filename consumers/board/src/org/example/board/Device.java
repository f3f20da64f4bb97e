// SPDX-License-Identifier: Apache-2.0
package org.example.board;

import java.util.function.Supplier;
import org.vmstate.VMStateDescription;

/// A device of the board.
public interface Device {
    /// Works for a while, so that every part of the state differs from what the constructor made.
    void run();

    /// A kind of device: its description, and what makes one in its initial state.
    record Kind<D extends Device>(VMStateDescription<D> description, Supplier<D> factory) {}
}
