// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.util.List;
import org.vmstate.ram.LiveMemorySaver;
import org.vmstate.savevm.StateSaver;
import org.vmstate.stream.Command;

/// Saves the memory of a machine that runs.
record LiveMemory(LiveMemorySaver saver) implements StateSaver.MemorySaver {
    @Override
    public void start() throws IOException {
        saver.start();
    }

    @Override
    public boolean live() {
        return saver.live();
    }

    @Override
    public void sync() {
        saver.sync();
    }

    @Override
    public long pending() {
        return saver.live() ? saver.pendingBytes() : 0;
    }

    @Override
    public void iterate(long maxBytes, long deadline) throws IOException {
        saver.iterate(maxBytes, deadline);
    }

    @Override
    public void complete() throws IOException {
        saver.complete();
    }

    @Override
    public List<Command.RamDiscard> beginPostcopy() throws IOException {
        return saver.beginPostcopy();
    }
}
