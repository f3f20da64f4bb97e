// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

/// A device that the processor reaches through registers of 32 bits.
interface Peripheral {
    /// Reads a register, which may change the device.
    ///
    /// @param offset the distance from the device's first register in bytes
    int read(int offset);

    /// Writes a register. Writing a register that does not exist has no effect.
    void write(int offset, int value);
}
