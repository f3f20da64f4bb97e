// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import java.io.IOException;
import java.util.Collection;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.RamBlock;

/// Memory that is only read and written; counts the bytes that are read.
public class WithoutSegments implements GuestMemory {
    private final GuestMemory memory;
    private long bytesRead;

    /// Creates memory over other memory.
    public WithoutSegments(GuestMemory memory) {
        this.memory = memory;
    }

    /// The number of bytes that were read so far.
    public long bytesRead() {
        return bytesRead;
    }

    @Override
    public Collection<RamBlock> blocks() {
        return memory.blocks();
    }

    @Override
    public void read(RamBlock block, long offset, byte[] target, int at, int count)
            throws IOException {
        bytesRead += count;
        memory.read(block, offset, target, at, count);
    }

    @Override
    public void write(RamBlock block, long offset, byte[] source, int at, int count)
            throws IOException {
        memory.write(block, offset, source, at, count);
    }

    @Override
    public void zero(RamBlock block, long offset, long count) throws IOException {
        memory.zero(block, offset, count);
    }

    @Override
    public boolean isZero(RamBlock block, long offset, long count) throws IOException {
        return memory.isZero(block, offset, count);
    }
}
