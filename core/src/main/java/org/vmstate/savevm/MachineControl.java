// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

/// The parts of an emulator that saving and loading control.
///
/// Called by the thread that saves or loads. QEMU: `vm_stop`, `vm_start`, `bdrv_flush_all`.
public interface MachineControl {
    /// Returns whether the machine is running.
    boolean running();

    /// Stops the machine. When this method returns, no thread of the emulator changes the state of
    /// a device or the memory.
    void stop();

    /// Lets the machine run again.
    void resume();

    /// Writes what the emulator caches of its disks. Called after [#stop].
    default void flushDisks() {}
}
