// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.file.MappedFile;
import org.vmstate.internal.file.OutputFile;
import org.vmstate.internal.progress.Tally;
import org.vmstate.ram.RamImage;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.Progress;
import org.vmstate.wire.WireWriter;

/// A core of a guest, ready to be written.
///
/// Created by [SavedGuest#core()]. Not safe for use by several threads, also not together with its
/// guest. The guest must be open while the core is written.
public final class ElfCore {
    private static final int PT_LOAD = 1;
    private static final int PT_NOTE = 4;
    private static final int ET_CORE = 4;

    /// The value of `e_phnum` if the number of program headers is in the first section header.
    private static final int PN_XNUM = 0xffff;

    private static final long ALIGNMENT = 4096;
    private static final long MAX_ELF32_ADDRESS = 0xff00_0000L;
    private static final int CHUNK_BYTES = 1 << 20;
    private static final int HOLE_BYTES = 16 << 20;

    private final RamImage image;
    private final List<GuestRange> ranges;
    private final List<CpuState> cpus;
    private final byte @Nullable [] vmcoreInfo;
    private final Architecture architecture;
    private final ElfClass elf;
    private final ByteOrder order;
    private Progress progress = Progress.NONE;

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
        this.elf = architecture.elfClass();
        this.order = cpus.getFirst().order();
    }

    /// The location of the guest's note according to the `vmcoreinfo` device.
    record VmcoreInfoPlace(long address, long size) {}

    /// Creates a core of at least one CPU. The guest's note is read from `place`, or searched for
    /// in its memory if it is not there.
    ///
    /// @throws IllegalArgumentException if there is no CPU or no memory
    /// @throws NoCoreException if an address does not fit into the core's ELF class
    static ElfCore of(
            RamImage image, GuestMap map, List<CpuState> cpus, @Nullable VmcoreInfoPlace place)
            throws IOException {
        if (cpus.isEmpty() || map.ranges().isEmpty()) {
            throw new IllegalArgumentException("a core needs a CPU and memory");
        }
        Architecture architecture = cpus.getFirst().architecture();
        GuestRange last = map.ranges().getLast();
        if (architecture.elfClass() == ElfClass.ELF32 && last.end() > MAX_ELF32_ADDRESS) {
            throw new NoCoreException(
                    NoCoreException.Reason.TOO_HIGH,
                    "memory of "
                            + Printable.quoted(last.block().name())
                            + " ends at 0x"
                            + Long.toHexString(last.end())
                            + ", which a core of 32 bits has no room for");
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

    /// The memory in the core, in ascending order of addresses.
    public List<GuestRange> ranges() {
        return ranges;
    }

    /// The CPUs in the core, in ascending order of their numbers.
    public List<CpuState> cpus() {
        return cpus;
    }

    /// Sets a listener for the phase [Progress.Phase#OUTPUT], while the core is written.
    public ElfCore progress(Progress listener) {
        progress = Objects.requireNonNull(listener);
        return this;
    }

    /// Writes the core to a file. The file is created, or replaced, only when the core is complete;
    /// if writing fails or is cancelled, the target remains unchanged.
    public void writeTo(Path target) throws IOException {
        try (OutputFile file = OutputFile.create(target)) {
            writeTo(file.sequential());
            file.commit();
        } catch (ClosedByInterruptException e) {
            throw CancelledException.of(e);
        } catch (InternalError e) {
            throw MappedFile.fault(e);
        }
    }

    /// Writes the core. If the channel is a file, memory of zeros becomes a hole. The caller closes
    /// the channel.
    public void writeTo(WritableByteChannel target) throws IOException {
        Tally tally =
                new Tally(
                        progress,
                        Progress.Phase.OUTPUT,
                        OptionalLong.of(ranges.stream().mapToLong(GuestRange::length).sum()));
        WireWriter out = WireWriter.to(target);
        List<byte[]> notes = notes();
        int noteBytes = notes.stream().mapToInt(n -> n.length).sum();
        long notesAt =
                elf.headerBytes()
                        + sectionHeaderBytes()
                        + (long) programHeaders() * elf.programHeaderBytes();
        long memoryAt = Math.ceilDiv(notesAt + noteBytes, ALIGNMENT) * ALIGNMENT;
        out.bytes(header());
        out.bytes(sectionHeader());
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
        byte[] chunk = new byte[CHUNK_BYTES];
        for (GuestRange range : ranges) {
            memory(out, range, chunk, tally);
        }
        out.flush();
    }

    private void memory(WireWriter out, GuestRange range, byte[] chunk, Tally tally)
            throws IOException {
        long at = range.offset();
        long end = range.offset() + range.length();
        while (at < end) {
            long found = image.nextData(range.block(), at);
            long data = found < 0 ? end : Math.min(found, end);
            if (data == end) {
                // Writes the last byte, so that the file has its full size.
                hole(out, end - at - 1, tally);
                out.u8(0);
                return;
            }
            hole(out, data - at, tally);
            long hole = Math.min(image.nextHole(range.block(), data), end);
            for (at = data; at < hole; ) {
                int count = (int) Math.min(chunk.length, hole - at);
                image.read(range.block(), at, chunk, 0, count);
                out.bytes(chunk, 0, count);
                tally.add(count);
                at += count;
            }
        }
    }

    /// Writes zeros, to a pipe in chunks so that progress is reported.
    private static void hole(WireWriter out, long count, Tally tally) throws IOException {
        for (long left = count; left > 0; ) {
            long step = Math.min(left, HOLE_BYTES);
            out.hole(step);
            tally.add(step);
            left -= step;
        }
    }

    private byte[] header() {
        ByteBuffer out = ByteBuffer.allocate(elf.headerBytes()).order(order);
        out.put(new byte[] {0x7f, 'E', 'L', 'F', (byte) elf.number()});
        out.put((byte) (order == ByteOrder.LITTLE_ENDIAN ? 1 : 2)).put((byte) 1);
        out.position(16);
        out.putShort((short) ET_CORE).putShort((short) architecture.elfMachine()).putInt(1);
        word(out, 0);
        word(out, elf.headerBytes() + sectionHeaderBytes());
        word(out, sectionHeaderBytes() == 0 ? 0 : elf.headerBytes());
        out.putInt(0);
        out.putShort((short) elf.headerBytes())
                .putShort((short) elf.programHeaderBytes())
                .putShort((short) Math.min(programHeaders(), PN_XNUM));
        if (sectionHeaderBytes() != 0) {
            out.putShort((short) sectionHeaderBytes()).putShort((short) 1);
        }
        return out.array();
    }

    private int programHeaders() {
        return ranges.size() + 1;
    }

    /// The size of the section header that contains the number of program headers; 0 if it fits
    /// into the ELF header.
    private int sectionHeaderBytes() {
        return programHeaders() < PN_XNUM ? 0 : elf.sectionHeaderBytes();
    }

    private byte[] sectionHeader() {
        ByteBuffer out = ByteBuffer.allocate(sectionHeaderBytes()).order(order);
        if (out.hasRemaining()) {
            // sh_info, after two fields of 32 bits, four words and sh_link
            out.putInt(elf == ElfClass.ELF64 ? 44 : 28, programHeaders());
        }
        return out.array();
    }

    /// Appends an address, an offset or a size, of 4 or 8 bytes.
    private void word(ByteBuffer out, long value) {
        if (elf == ElfClass.ELF64) {
            out.putLong(value);
        } else {
            out.putInt((int) value);
        }
    }

    private byte[] programHeader(int type, long offset, long address, long size) {
        ByteBuffer out = ByteBuffer.allocate(elf.programHeaderBytes()).order(order);
        out.putInt(type);
        if (elf == ElfClass.ELF64) {
            out.putInt(0); // flags, which follow the sizes in ELF32
        }
        for (long value : new long[] {offset, address, address, size, size}) {
            word(out, value);
        }
        return out.array();
    }

    private List<byte[]> notes() {
        List<byte[]> notes = new ArrayList<>();
        for (CpuState cpu : cpus) {
            cpu.notes(order).forEach(n -> notes.add(n.bytes(order)));
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
