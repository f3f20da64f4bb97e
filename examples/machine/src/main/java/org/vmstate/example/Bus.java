// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import org.jspecify.annotations.Nullable;

/// The addresses of a board: memory from [#RAM_BASE] on, and the peripherals in pages of 4 KiB from
/// [#PERIPHERAL_BASE] on. It has no state of its own.
final class Bus {
    static final int RAM_BASE = 0x8000_0000;
    static final int PERIPHERAL_BASE = 0x1000_0000;
    static final int PERIPHERAL_BYTES = 0x1000;

    private final Ram ram;
    private final Peripheral[] peripherals;

    /// Creates the bus of peripherals in the order of their addresses.
    Bus(Ram ram, Peripheral... peripherals) {
        this.ram = ram;
        this.peripherals = peripherals.clone();
    }

    /// The address of the peripheral with a number.
    static int address(int peripheral) {
        return PERIPHERAL_BASE + peripheral * PERIPHERAL_BYTES;
    }

    /// The memory that begins at [#RAM_BASE].
    Ram ram() {
        return ram;
    }

    /// Returns the peripheral at an address, null if there is none.
    @Nullable Peripheral peripheral(int address) {
        int number = (address - PERIPHERAL_BASE) >>> 12;
        return number < peripherals.length ? peripherals[number] : null;
    }

    /// Copies a range of the memory; returns false if a range is not in the memory.
    static boolean copy(Ram ram, int source, int target, int count) {
        int from = source - RAM_BASE;
        int to = target - RAM_BASE;
        if (!ram.contains(from, count) || !ram.contains(to, count)) {
            return false;
        }
        ram.copy(from, to, count);
        return true;
    }
}
