// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmstate.ram.DirtyPages;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.RamBlock;
import org.vmstate.testing.WithoutSegments;

class SnapshotMemoryTest {
    private static final long RAM_BYTES = (40L << 12) + 512;
    private static final RamBlock RAM = new RamBlock("ram", RAM_BYTES);

    /// Kinds of guest memory.
    enum Kind {
        SEGMENT,
        READ_AND_WRITE,
        MARKED_SEGMENT,
        MARKED_READ_AND_WRITE;

        GuestMemory allocate() {
            GuestMemory memory = GuestMemory.allocate(Arena.ofAuto(), Map.of("ram", RAM_BYTES));
            return switch (this) {
                case SEGMENT -> memory;
                case READ_AND_WRITE -> new WithoutSegments(memory);
                case MARKED_SEGMENT -> memory.withDirtyPages();
                case MARKED_READ_AND_WRITE -> new WithoutSegments(memory).withDirtyPages();
            };
        }
    }

    private static byte[] contents(GuestMemory memory) throws IOException {
        byte[] bytes = new byte[(int) RAM_BYTES];
        memory.read(RAM, 0, bytes, 0, bytes.length);
        return bytes;
    }

    private static void write(GuestMemory memory, Random random) throws IOException {
        byte[] bytes = new byte[1 + random.nextInt(6000)];
        random.nextBytes(bytes);
        long offset = random.nextLong(RAM_BYTES - bytes.length);
        Optional<MemorySegment> segment = memory.segment(RAM, 0, RAM_BYTES);
        if (segment.isPresent() && random.nextBoolean()) {
            MemorySegment.copy(
                    bytes, 0, segment.get(), ValueLayout.JAVA_BYTE, offset, bytes.length);
            memory.dirtyPages().ifPresent(d -> d.marks(RAM).mark(offset, bytes.length));
        } else {
            memory.write(RAM, offset, bytes, 0, bytes.length);
        }
    }

    /// Snapshots, goes back and loads at random; each state must have the memory of its snapshot.
    @ParameterizedTest
    @EnumSource
    void eachSnapshotHasTheMemoryOfItsMoment(Kind kind) throws IOException {
        Random random = new Random(kind.name().hashCode());
        GuestMemory memory = kind.allocate();
        Machine machine = Machine.builder("board").pageSize(512).ram(memory).build();
        MachineState[] states = {new MachineState(), new MachineState(), new MachineState()};
        byte[][] expected = new byte[states.length][];
        byte[] stream = machine.save();
        byte[] saved = contents(memory);
        for (int step = 0; step < 600; step++) {
            int number = random.nextInt(states.length);
            switch (random.nextInt(8)) {
                case 0 -> {
                    machine.snapshot(states[number]);
                    expected[number] = contents(memory);
                }
                case 1 -> {
                    if (expected[number] != null) {
                        machine.restore(states[number]);
                        assertThat(contents(memory)).isEqualTo(expected[number]);
                    }
                }
                case 2 -> {
                    if (random.nextBoolean()) {
                        stream = machine.save();
                        saved = contents(memory);
                    } else {
                        machine.load(stream);
                        assertThat(contents(memory)).isEqualTo(saved);
                    }
                }
                default -> write(memory, random);
            }
        }
    }

    @Test
    void onlyMarkedPagesAreRead() throws IOException {
        WithoutSegments counting =
                new WithoutSegments(GuestMemory.allocate(Arena.ofAuto(), Map.of("ram", RAM_BYTES)));
        GuestMemory memory = counting.withDirtyPages();
        Machine machine = Machine.builder("board").pageSize(512).ram(memory).build();
        MachineState state = machine.snapshot();
        memory.write(RAM, 4090, new byte[12], 0, 12);
        long before = counting.bytesRead();

        machine.snapshot(state);

        assertThat(counting.bytesRead() - before).isEqualTo(2 * DirtyPages.PAGE_BYTES);
    }

    @Test
    void stateWhoseFirstSnapshotFailedContainsTheMemoryOfTheNextOne() throws IOException {
        GuestMemory memory = GuestMemory.allocate(Arena.ofAuto(), Map.of("ram", RAM_BYTES));
        AtomicBoolean full = new AtomicBoolean(true);
        // no copy can be allocated as long as `full` is true
        GuestMemory scarce =
                new WithoutSegments(memory) {
                    @Override
                    public Optional<MemorySegment> segment(
                            RamBlock block, long offset, long count) {
                        if (full.get()) {
                            throw new OutOfMemoryError("no memory for a copy");
                        }
                        return memory.segment(block, offset, count);
                    }
                };
        Machine machine = Machine.builder("board").pageSize(512).ram(scarce).build();
        MachineState state = new MachineState();
        assertThatThrownBy(() -> machine.snapshot(state)).isInstanceOf(OutOfMemoryError.class);
        full.set(false);
        byte[] before = contents(memory);
        machine.snapshot(state);
        write(memory, new Random(1));
        machine.restore(state);

        assertThat(contents(memory)).isEqualTo(before);
    }
}
