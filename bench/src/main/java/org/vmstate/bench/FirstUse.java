// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.vmstate.VMStateDescription;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Measures the first use of the device's description in a new JVM.
public final class FirstUse {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private FirstUse() {}

    /// Prints the processor time of building the description, its first save and its first load;
    /// with an argument, after another description was used.
    public static void main(String... args) throws IOException {
        if (args.length > 0) {
            use(Pointers.VMSTATE, Pointers.filled());
        }
        Device device = Device.filled();
        long start = THREADS.getCurrentThreadCpuTime();
        VMStateDescription<Device> vmstate = Device.Described.VMSTATE;
        long built = THREADS.getCurrentThreadCpuTime();
        WireWriter writer = WireWriter.toMemory();
        vmstate.save(writer, device);
        long saved = THREADS.getCurrentThreadCpuTime();
        vmstate.load(WireReader.of(writer.toByteArray()), device, 1);
        long loaded = THREADS.getCurrentThreadCpuTime();
        System.out.printf(
                "build %.1f ms, first save (compiles) %.1f ms, first load %.1f ms, together %.1f ms of processor time%n",
                (built - start) / 1e6,
                (saved - built) / 1e6,
                (loaded - saved) / 1e6,
                (loaded - start) / 1e6);
    }

    private static <T> void use(VMStateDescription<T> vmstate, T state) throws IOException {
        WireWriter writer = WireWriter.toMemory();
        vmstate.save(writer, state);
        writer.u8(0);
        vmstate.load(WireReader.of(writer.toByteArray()), state, 1);
    }
}
