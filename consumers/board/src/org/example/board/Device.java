// SPDX-License-Identifier: Apache-2.0
package org.example.board;

import java.util.function.Supplier;
import org.vmstate.VMStateDescription;

/// A device of the board.
public interface Device {
    /// Changes every part of the state from its initial value.
    void run();

    /// A kind of device: its description, and a factory of its initial state.
    record Kind<D extends Device>(VMStateDescription<D> description, Supplier<D> factory) {}
}
