// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.ram.GuestMemory;
import org.vmstate.stream.SectionHandler;
import org.vmstate.stream.StreamElement;
import org.vmstate.wire.WireReader;

/// The steps in which a machine is loaded from a stream that arrives while the machine at the other
/// end runs.
///
/// A live migration gets the steps from [Machine#loader]. It calls [#next()] until the stream has
/// ended, then [#finish()], and in any case [#close()]. The memory and iterative devices are loaded
/// as they arrive; devices that are saved whole are kept and checked, and loaded by [#finish()]. If
/// anything fails after the first section of memory or of an iterative device, the machine has
/// [failed][Machine#failed()]; devices that are saved whole are put back, as by any load.
///
/// All methods are called by one thread, unless they say otherwise. While a loader is open, the
/// machine is in use: it cannot be saved, loaded or changed otherwise. Closing it ends the use.
///
/// QEMU: `qemu_loadvm_state_main`.
public final class StateLoader implements AutoCloseable {
    private final SaveStateRegistry registry;
    private final MachineLoad load;
    private final StreamCheck stream;
    private volatile boolean loaded;

    /// Creates what loads the bodies of a memory's sections.
    @FunctionalInterface
    public interface MemoryLoaders {
        /// Creates a loader of a memory, whose target has pages of a size in bytes.
        SectionHandler of(GuestMemory memory, int pageSize) throws IOException;
    }

    StateLoader(
            WireReader in,
            SaveStateRegistry registry,
            MachineIdentity identity,
            MemoryLoaders memories) {
        this.registry = registry;
        this.load =
                new MachineLoad(in, registry, memory -> memories.of(memory, identity.pageSize()));
        this.stream = new StreamCheck(in, registry, identity, load);
    }

    /// Reads and checks the next element of the stream; returns null after the description, which
    /// must follow the end of the stream. Commands are returned, but neither checked nor followed.
    public @Nullable StreamElement next() throws IOException {
        return stream.next();
    }

    /// The offset of the last element in the stream.
    public long offset() {
        return stream.offset();
    }

    /// Loads the devices that are saved whole. In postcopy, another thread may call [#next()] at
    /// the same time, as long as it reads only memory.
    public LoadReport finish() throws IOException {
        LoadReport report = load.load(stream.pieces());
        loaded = true;
        return report;
    }

    /// Gives up a machine that was loaded, but whose memory does not arrive any more.
    public void lose() {
        loaded = false;
    }

    /// Ends the use of the machine.
    @Override
    public void close() {
        if (!loaded) {
            load.abandon();
        }
        registry.end();
    }
}
