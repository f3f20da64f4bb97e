// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.vmstate.savevm.Machine;
import org.vmstate.savevm.MachineState;

/// The last snapshots of a machine in memory, to rewind it. The oldest one is overwritten, so that
/// nothing is allocated once all have been used.
final class History {
    private final Machine machine;
    private final Deque<MachineState> unused = new ArrayDeque<>();
    private final Deque<MachineState> taken = new ArrayDeque<>();

    /// Creates an empty history. A snapshot occupies as much memory as the computer has.
    History(Machine machine, int snapshots) {
        this.machine = machine;
        for (int i = 0; i < snapshots; i++) {
            unused.push(new MachineState());
        }
    }

    /// Takes a snapshot.
    void take() throws IOException {
        MachineState state = unused.isEmpty() ? taken.removeLast() : unused.pop();
        unused.push(state); // where it stays if the snapshot fails
        machine.snapshot(state);
        unused.pop();
        taken.push(state);
    }

    /// Goes back to the last snapshot, which is forgotten; returns false if there is none.
    boolean rewind() throws IOException {
        MachineState state = taken.poll();
        if (state == null) {
            return false;
        }
        unused.push(state);
        machine.restore(state);
        return true;
    }
}
