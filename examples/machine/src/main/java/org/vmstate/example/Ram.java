// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.migration.PagesOnDemand;
import org.vmstate.ram.DirtyPages;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.PresentPages;

/// The computer's memory, in little-endian byte order. Offsets count from its first byte.
///
/// It is an array that the machine saves and loads in place. Each write marks its page, so that a
/// snapshot copies the pages that changed and compares none. After a migration with postcopy each
/// access waits for its page, until all have arrived.
final class Ram implements PagesOnDemand {
    private static final VarHandle HALF =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle WORD =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] bytes;
    private final GuestMemory memory;
    private final DirtyPages.Marks marks;

    /// The pages that have arrived; null if all have. Set while the processor is stopped; a
    /// processor that still sees it after the end only asks in vain.
    private PresentPages.@Nullable Pages arrived;

    /// Creates memory that is all zeros.
    Ram(int size) {
        this.bytes = new byte[size];
        this.memory =
                GuestMemory.of(new LinkedHashMap<>(Map.of("ram", MemorySegment.ofArray(bytes))))
                        .withDirtyPages();
        this.marks = memory.dirtyPages().orElseThrow().marks(memory.find("ram").orElseThrow());
    }

    /// The memory as the machine sees it.
    GuestMemory memory() {
        return memory;
    }

    /// Whether a range is in the memory.
    boolean contains(int offset, int count) {
        return Integer.compareUnsigned(count, bytes.length) <= 0
                && Integer.compareUnsigned(offset, bytes.length - count) <= 0;
    }

    @Override
    public void begin(PresentPages pages) {
        arrived = pages.pages(memory.find("ram").orElseThrow());
    }

    @Override
    public void end() {
        arrived = null;
    }

    /// Waits for the pages of a range.
    private void require(int offset, int count) {
        PresentPages.Pages pages = arrived;
        if (pages != null) {
            await(pages, offset, count);
        }
    }

    private static void await(PresentPages.Pages pages, int offset, int count) {
        try {
            pages.require(offset, count);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // the rest of the memory is lost
        }
    }

    byte getByte(int offset) {
        require(offset, Byte.BYTES);
        return bytes[offset];
    }

    short getHalf(int offset) {
        require(offset, Short.BYTES);
        return (short) HALF.get(bytes, offset);
    }

    int getWord(int offset) {
        require(offset, Integer.BYTES);
        return (int) WORD.get(bytes, offset);
    }

    void putByte(int offset, byte value) {
        require(offset, Byte.BYTES);
        bytes[offset] = value;
        marks.mark(offset, Byte.BYTES);
    }

    void putHalf(int offset, short value) {
        require(offset, Short.BYTES);
        HALF.set(bytes, offset, value);
        marks.mark(offset, Short.BYTES);
    }

    void putWord(int offset, int value) {
        require(offset, Integer.BYTES);
        WORD.set(bytes, offset, value);
        marks.mark(offset, Integer.BYTES);
    }

    /// Copies a range.
    void copy(int source, int target, int count) {
        if (count > 0) {
            require(source, count);
            require(target, count);
        }
        System.arraycopy(bytes, source, bytes, target, count);
        if (count > 0) {
            marks.mark(target, count);
        }
    }
}
