// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

/// The parts of an emulator that saving and loading control.
///
/// Called by the thread that saves or loads, or in a live migration by that of the source or
/// destination. QEMU: `vm_stop`, `vm_start`, `bdrv_flush_all`.
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

    /// Makes the processors pause for a part of the time, so that a live migration can send memory
    /// faster than it is written to. Does nothing by default. May be called while the machine is
    /// stopped.
    ///
    /// QEMU: `cpu_throttle_set`.
    ///
    /// @param percent the part of the time, 0 to 99; 0 ends it
    default void throttle(int percent) {}
}
