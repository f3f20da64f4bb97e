// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.util.List;

/// The outcome of a load.
///
/// @param missing the registered devices that the stream has no section of, which keep their state.
///   QEMU allows that: a device may be optional, or newer than the program that saved
public record LoadReport(List<SaveStateEntry> missing) {
    /// Copies the list.
    public LoadReport {
        missing = List.copyOf(missing);
    }
}
