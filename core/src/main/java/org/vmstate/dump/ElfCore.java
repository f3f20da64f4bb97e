// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.ram.RamImage;
import org.vmstate.wire.WireWriter;

/// A core of a guest: what goes into it, and the way to write it.
///
/// Memory that is zero becomes a hole where the target is a file.
public final class ElfCore {
    private static final int HEADER_BYTES = 64;
    private static final int PROGRAM_HEADER_BYTES = 56;
    private static final int PT_LOAD = 1;
    private static final int PT_NOTE = 4;
    private static final int ET_CORE = 4;
    private static final long ALIGNMENT = 4096;
    private static final int CHUNK_BYTES = 1 << 20;

    private final RamImage image;
    private final List<GuestRange> ranges;
    private final List<CpuState> cpus;
    private final byte @Nullable [] vmcoreInfo;
    private final Architecture architecture;
    private final ByteOrder order;

    private ElfCore(
            RamImage image,
            List<GuestRange> ranges,
            List<CpuState> cpus,
            byte @Nullable [] vmcoreInfo) {
        this.image = image;
        this.ranges = List.copyOf(ranges);
        this.cpus = List.copyOf(cpus);
        this.vmcoreInfo = vmcoreInfo;
        this.architecture = cpus.getFirst().architecture();
        this.order = cpus.getFirst().order();
    }

    /// Where the `vmcoreinfo` device says that the guest's note is.
    public record VmcoreInfoPlace(long address, long size) {}

    /// A core of at least one CPU. The guest's note is searched for in its memory.
    ///
    /// @throws IllegalArgumentException if there is no CPU or no memory
    public static ElfCore of(RamImage image, GuestMap map, List<CpuState> cpus) throws IOException {
        return create(image, map, cpus, null);
    }

    /// A core of at least one CPU. The guest's note is read from `place`, or searched for if it is
    /// not there.
    ///
    /// @throws IllegalArgumentException if there is no CPU or no memory
    public static ElfCore of(
            RamImage image, GuestMap map, List<CpuState> cpus, VmcoreInfoPlace place)
            throws IOException {
        return create(image, map, cpus, place);
    }

    private static ElfCore create(
            RamImage image, GuestMap map, List<CpuState> cpus, @Nullable VmcoreInfoPlace place)
            throws IOException {
        if (cpus.isEmpty() || map.ranges().isEmpty()) {
            throw new IllegalArgumentException("a core needs a CPU and memory");
        }
        ByteOrder order = cpus.getFirst().order();
        Optional<byte[]> note =
                place == null
                        ? Optional.empty()
                        : VmcoreInfo.at(image, map.ranges(), place.address(), place.size(), order);
        if (note.isEmpty()) {
            note = VmcoreInfo.search(image, map.ranges(), order);
        }
        return new ElfCore(image, map.ranges(), cpus, note.orElse(null));
    }

    /// Whether the guest's note was found.
    public boolean hasVmcoreInfo() {
        return vmcoreInfo != null;
    }

    /// Writes the core.
    public void writeTo(WritableByteChannel target) throws IOException {
        WireWriter out = WireWriter.to(target);
        List<byte[]> notes = notes();
        int noteBytes = notes.stream().mapToInt(n -> n.length).sum();
        long notesAt = HEADER_BYTES + (long) (ranges.size() + 1) * PROGRAM_HEADER_BYTES;
        long memoryAt = Math.ceilDiv(notesAt + noteBytes, ALIGNMENT) * ALIGNMENT;
        out.bytes(header());
        out.bytes(programHeader(PT_NOTE, notesAt, 0, noteBytes));
        long at = memoryAt;
        for (GuestRange range : ranges) {
            out.bytes(programHeader(PT_LOAD, at, range.address(), range.length()));
            at += range.length();
        }
        for (byte[] note : notes) {
            out.bytes(note);
        }
        out.zeros((int) (memoryAt - notesAt - noteBytes));
        for (GuestRange range : ranges) {
            memory(out, range);
        }
        out.flush();
    }

    private void memory(WireWriter out, GuestRange range) throws IOException {
        byte[] chunk = new byte[CHUNK_BYTES];
        long at = range.offset();
        long end = range.offset() + range.length();
        while (at < end) {
            long found = image.nextData(range.block(), at);
            long data = found < 0 ? end : Math.min(found, end);
            if (data == end) {
                // The last byte is written, or the file would be too short.
                out.hole(end - at - 1);
                out.u8(0);
                return;
            }
            out.hole(data - at);
            long hole = Math.min(image.nextHole(range.block(), data), end);
            for (at = data; at < hole; ) {
                int count = (int) Math.min(chunk.length, hole - at);
                image.read(range.block(), at, chunk, 0, count);
                out.bytes(chunk, 0, count);
                at += count;
            }
        }
    }

    private byte[] header() {
        ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES).order(order);
        out.put(
                new byte[] {
                    0x7f, 'E', 'L', 'F', 2, (byte) (order == ByteOrder.LITTLE_ENDIAN ? 1 : 2), 1
                });
        out.position(16);
        out.putShort((short) ET_CORE).putShort((short) architecture.elfMachine()).putInt(1);
        out.putLong(0).putLong(HEADER_BYTES).putLong(0).putInt(0);
        out.putShort((short) HEADER_BYTES)
                .putShort((short) PROGRAM_HEADER_BYTES)
                .putShort((short) (ranges.size() + 1));
        return out.array();
    }

    private byte[] programHeader(int type, long offset, long address, long size) {
        ByteBuffer out = ByteBuffer.allocate(PROGRAM_HEADER_BYTES).order(order);
        out.putInt(type)
                .putInt(0)
                .putLong(offset)
                .putLong(address)
                .putLong(address)
                .putLong(size)
                .putLong(size);
        return out.array();
    }

    private List<byte[]> notes() {
        List<byte[]> notes = new ArrayList<>();
        for (CpuState cpu : cpus) {
            cpu.notes().forEach(n -> notes.add(n.bytes(order)));
        }
        for (CpuState cpu : cpus) {
            cpu.qemuNote().ifPresent(n -> notes.add(n.bytes(order)));
        }
        if (vmcoreInfo != null) {
            notes.add(vmcoreInfo);
        }
        return notes;
    }
}
