// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.vmstate.VMStateFields.*;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// The section `globalstate` of every machine: its run state.
@SuppressWarnings("UnusedVariable") // private fields are read by the description
final class GlobalState {
    int size;
    private byte[] runstate;
    private boolean hasVmWasSuspended;
    private boolean vmWasSuspended;
    private final byte[] unused = new byte[66];

    /// The description of QEMU 9.0 and later; the bytes are the same.
    static final VMStateDescription<GlobalState> VMSTATE =
            VMStateDescription.builder("globalstate", GlobalState.class, MethodHandles.lookup())
                    .fields(
                            uint32("size"),
                            buffer("runstate", 32),
                            uint8("has_vm_was_suspended")
                                    .number(
                                            (GlobalState s) -> s.hasVmWasSuspended ? 1 : 0,
                                            (s, v) -> s.hasVmWasSuspended = v != 0),
                            uint8("vm_was_suspended")
                                    .number(
                                            (GlobalState s) -> s.vmWasSuspended ? 1 : 0,
                                            (s, v) -> s.vmWasSuspended = v != 0),
                            buffer("unused", 66))
                    .build();

    /// The description of older versions.
    static final VMStateDescription<GlobalState> BEFORE_9 =
            VMStateDescription.builder("globalstate", GlobalState.class, MethodHandles.lookup())
                    .fields(uint32("size"), buffer("runstate", 100))
                    .build();

    GlobalState(int room) {
        runstate = new byte[room];
    }

    String runstate() {
        return new String(runstate, 0, size - 1, US_ASCII);
    }
}
