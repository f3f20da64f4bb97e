// SPDX-License-Identifier: Apache-2.0
package org.example.chassis;

/// A module in a slot of a chassis: the superclass of devices in other modules.
public class Module {
    public int slot;
    protected short temperature;
    private int serialNumber;

    /// Creates a module without a slot.
    protected Module() {}

    /// The serial number, which only this class sets.
    protected final int serialNumber() {
        return serialNumber;
    }

    /// Sets the serial number.
    protected final void serialNumber(int number) {
        serialNumber = number;
    }
}
