// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.vmstate.VMStateFields.buffer;
import static org.vmstate.VMStateFields.uint32;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import org.vmstate.VMStateDescription;
import org.vmstate.devices.internal.Flags;

/// The section `globalstate` of every machine: its run state when it was saved, which the
/// destination takes over.
///
/// ```
/// body := u32 size runstate[32] u8 has_vm_was_suspended u8 vm_was_suspended unused[66]
/// ```
///
/// QEMU before 9.0 describes the last 100 bytes as one buffer; the bytes are the same.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1. QEMU: `vmstate_globalstate`.
public final class GlobalState {
    private static final int NAME_BYTES = 32;
    private static final int BUFFER_BYTES = 100;
    private static final int HAS_SUSPENDED = NAME_BYTES;
    private static final int SUSPENDED = NAME_BYTES + 1;
    private static final int UNUSED = NAME_BYTES + 2;

    /// The length of the run state with its NUL; u32.
    private int size;

    private final byte[] buffer = new byte[BUFFER_BYTES];

    private static final VMStateDescription<GlobalState> SINCE_9_0 =
            VMStateDescription.builder("globalstate", GlobalState.class, MethodHandles.lookup())
                    .fields(
                            uint32("size"),
                            buffer("runstate", NAME_BYTES)
                                    .object((GlobalState s) -> s.part(0, NAME_BYTES)),
                            Flags.uint8(
                                    "has_vm_was_suspended",
                                    s -> s.flag(HAS_SUSPENDED),
                                    (s, v) -> s.setFlag(HAS_SUSPENDED, v)),
                            Flags.uint8(
                                    "vm_was_suspended",
                                    s -> s.flag(SUSPENDED),
                                    (s, v) -> s.setFlag(SUSPENDED, v)),
                            buffer("unused", BUFFER_BYTES - UNUSED)
                                    .object((GlobalState s) -> s.part(UNUSED, BUFFER_BYTES)))
                    .notSent("buffer")
                    .build();

    private static final VMStateDescription<GlobalState> BEFORE_9_0 =
            VMStateDescription.builder("globalstate", GlobalState.class, MethodHandles.lookup())
                    .fields(uint32("size"), buffer("runstate", BUFFER_BYTES).named("buffer"))
                    .build();

    /// Creates the state of a machine that runs.
    public GlobalState() {
        setRunState("running");
    }

    /// Returns the description of the section in a release.
    public static VMStateDescription<GlobalState> vmstate(QemuRelease release) {
        return release.atLeast(QemuRelease.V10_0) ? SINCE_9_0 : BEFORE_9_0;
    }

    /// The run state: `running`, `paused`, `prelaunch`, ….
    public String runState() {
        int end = Math.clamp(Integer.toUnsignedLong(size) - 1, 0, NAME_BYTES);
        return new String(buffer, 0, end, US_ASCII);
    }

    /// Sets the run state. QEMU refuses a name that it does not know.
    ///
    /// @throws IllegalArgumentException if the name is longer than 31 bytes
    public void setRunState(String name) {
        byte[] bytes = name.getBytes(US_ASCII);
        if (bytes.length >= NAME_BYTES) {
            throw new IllegalArgumentException("a run state of " + bytes.length + " bytes");
        }
        Arrays.fill(buffer, 0, NAME_BYTES, (byte) 0);
        System.arraycopy(bytes, 0, buffer, 0, bytes.length);
        size = bytes.length + 1;
    }

    /// Whether the guest was suspended when the machine was stopped. Streams of QEMU before 9.0 do
    /// not state it.
    public boolean wasSuspended() {
        return flag(HAS_SUSPENDED) && flag(SUSPENDED);
    }

    /// Sets whether the guest was suspended.
    public void setWasSuspended(boolean suspended) {
        setFlag(HAS_SUSPENDED, true);
        setFlag(SUSPENDED, suspended);
    }

    private boolean flag(int at) {
        return buffer[at] != 0;
    }

    private void setFlag(int at, boolean value) {
        buffer[at] = (byte) (value ? 1 : 0);
    }

    private MemorySegment part(int start, int end) {
        return MemorySegment.ofArray(buffer).asSlice(start, end - start);
    }
}
