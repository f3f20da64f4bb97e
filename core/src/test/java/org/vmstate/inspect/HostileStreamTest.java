// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamWriter;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.SampleStreams;
import org.vmstate.testing.StreamBytes;
import org.vmstate.testing.TrickleChannel;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Any input gives either a correct result or a [VMStateException], with time and memory
/// proportional to the input.
class HostileStreamTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /// The memory that reading may allocate: some windows, and a number of bytes per byte of input.
    private static final long ALLOCATED_ANYWAY = 2 << 20;

    private static final long ALLOCATED_PER_BYTE = 300;

    /// A stream to be changed, and the distance in bytes between the changes.
    enum Victim {
        AVR(1) {
            @Override
            byte[] bytes() throws IOException {
                return Corpus.file("avr-100.mig").bytes();
            }
        },
        MICROBIT(101) {
            @Override
            byte[] bytes() throws IOException {
                return Corpus.file("arm-microbit-72.mig").bytes();
            }
        },
        HAND_MADE(1) {
            @Override
            byte[] bytes() {
                return SampleStreams.everyElement();
            }
        };

        private final int step;

        Victim(int step) {
            this.step = step;
        }

        abstract byte[] bytes() throws IOException;
    }

    /// Returns the elements if there is no error.
    private static Optional<List<StreamElement>> read(MachineReader reader, int length)
            throws IOException {
        List<StreamElement> elements = new ArrayList<>();
        try {
            for (StreamElement e = reader.next(); e != null; e = reader.next()) {
                elements.add(e);
                assertThat(elements.size()).isLessThanOrEqualTo(length);
            }
        } catch (VMStateException e) {
            assertThat(e.offset()).isBetween(0L, (long) length);
            assertThat(e.getMessage()).isNotBlank();
            return Optional.empty();
        }
        return Optional.of(elements);
    }

    private static byte[] written(List<StreamElement> elements) throws IOException {
        WireWriter out = WireWriter.toMemory();
        StreamWriter writer = new StreamWriter(out);
        for (StreamElement element : elements) {
            writer.write(element);
        }
        return out.toByteArray();
    }

    /// Reads a stream in all ways and checks the properties that hold for any input.
    private static void endure(byte[] bytes, Supplier<String> change) {
        long earned = ALLOCATED_ANYWAY + ALLOCATED_PER_BYTE * bytes.length;
        // the limit may be exceeded once, because of classes that were loaded
        if (allocatedByReading(bytes, change) > earned) {
            assertThat(allocatedByReading(bytes, change)).as(change).isLessThan(earned);
        }
    }

    private static long allocatedByReading(byte[] bytes, Supplier<String> change) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            MachineReader reader = MachineReader.of(WireReader.of(bytes));
            Optional<List<StreamElement>> whole = read(reader, bytes.length);
            SavedMachine.read(MachineReader.overview(WireReader.of(bytes)));
            WireReader pipe = WireReader.of(new TrickleChannel(bytes, 1000), ReadLimits.DEFAULT);
            SavedMachine.read(MachineReader.of(pipe));
            int behind = (int) reader.bytesAfterEnd().orElse(0);
            if (whole.isPresent()
                    && !Arrays.equals(
                            written(whole.get()), Arrays.copyOf(bytes, bytes.length - behind))) {
                fail("read without an error, written differently: " + change.get());
            }
        } catch (IOException | RuntimeException | StackOverflowError e) {
            fail("after " + change.get(), e);
        }
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    @ParameterizedTest
    @EnumSource
    void victimIsReadWithoutAnErrorBeforeItIsHarmed(Victim victim) throws IOException {
        byte[] bytes = victim.bytes();
        assertThat(read(MachineReader.of(WireReader.of(bytes)), bytes.length)).isPresent();
        endure(bytes, () -> "no change");
    }

    @ParameterizedTest
    @EnumSource
    void cutAtAnyByteIsEnduredAndSaidToBeOne(Victim victim) throws IOException {
        byte[] whole = victim.bytes();
        for (int length = 0; length < whole.length; length += Math.ceilDiv(victim.step, 20)) {
            int cut = length;
            byte[] kept = Arrays.copyOf(whole, cut);
            endure(kept, () -> "a cut at " + cut);
            SavedMachine machine = SavedMachine.read(MachineReader.of(WireReader.of(kept)));
            if (!machine.ended()) {
                assertThat(machine.failure())
                        .as("cut at %d", length)
                        .containsInstanceOf(TruncatedException.class);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anyChangedByteIsEndured(Victim victim) throws IOException {
        byte[] bytes = victim.bytes();
        for (int at = 0; at < bytes.length; at += victim.step) {
            byte original = bytes[at];
            for (int change : new int[] {0x01, 0x80, 0xff}) {
                bytes[at] = (byte) (original ^ change);
                int where = at;
                endure(bytes, () -> "byte " + where + " xor 0x" + Integer.toHexString(change));
            }
            bytes[at] = original;
        }
    }

    @ParameterizedTest
    @EnumSource
    void anyNumberMadeHugeIsEndured(Victim victim) throws IOException {
        byte[] original = victim.bytes();
        for (int at = 0; at + 4 <= original.length; at += victim.step) {
            for (int high : new int[] {0xff, 0x7f, 0x01}) {
                byte[] bytes = original.clone();
                Arrays.fill(bytes, at, at + 4, (byte) 0xff);
                bytes[at] = (byte) high;
                int where = at;
                endure(bytes, () -> "a huge number at " + where);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anyMixtureOfChangesIsEndured(Victim victim) throws IOException {
        byte[] original = victim.bytes();
        for (int seed = 0; seed < 4000 / victim.step; seed++) {
            Random random = new Random(seed);
            byte[] bytes = original.clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                bytes = mutated(bytes, random);
            }
            int which = seed;
            endure(bytes, () -> "the changes of seed " + which);
        }
    }

    /// Changes, removes, duplicates or moves some bytes.
    private static byte[] mutated(byte[] bytes, Random random) {
        int from = random.nextInt(bytes.length);
        int to = Math.min(bytes.length, from + random.nextInt(1 + random.nextInt(200)));
        byte[] piece = Arrays.copyOfRange(bytes, from, to);
        return switch (random.nextInt(4)) {
            case 0 -> {
                random.nextBytes(piece);
                System.arraycopy(piece, 0, bytes, from, piece.length);
                yield bytes;
            }
            case 1 -> spliced(bytes, from, to, new byte[0]);
            case 2 -> spliced(bytes, from, from, piece);
            default -> {
                int other = random.nextInt(bytes.length);
                yield spliced(bytes, other, other, piece);
            }
        };
    }

    private static byte[] spliced(byte[] bytes, int from, int to, byte[] piece) {
        return new StreamBytes()
                .bytes(Arrays.copyOf(bytes, from))
                .bytes(piece)
                .bytes(Arrays.copyOfRange(bytes, to, bytes.length))
                .u8(0)
                .toByteArray();
    }

    /// The maximum number of sections of a stream, so that the work per section is visible:
    /// searching the rest of the stream for each section would take minutes.
    @ParameterizedTest
    @ValueSource(strings = {"", "d", "\u0001", "isa-ide"})
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void crowdOfTinySectionsIsEndured(String name) {
        StreamBytes with = StreamBytes.stream();
        StreamBytes without = StreamBytes.stream();
        for (int id = 0; id < 1 << 16; id++) {
            with.full(id, name, id, 1).footer(id);
            without.full(id, name, id, 1);
        }
        endure(with.endOfStream().toByteArray(), () -> "many sections");
        endure(without.endOfStream().toByteArray(), () -> "many sections without footers");
    }

    /// Iterative devices, with as many names as sections, followed by one full section of each.
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void crowdOfIterativeDevicesThatAreWholeToo() throws IOException {
        StreamBytes stream = StreamBytes.stream();
        for (int id = 0; id < 1 << 15; id++) {
            stream.start(id, "vfio", id, 1).u64(0xffff_ffff_ef10_0001L).footer(id);
        }
        for (int id = 0; id < 1 << 15; id++) {
            stream.full(id, "vfio", id, 1).footer(id);
        }

        SavedMachine machine =
                SavedMachine.read(
                        MachineReader.of(WireReader.of(stream.endOfStream().toByteArray())));

        assertThat(machine.failure()).isEmpty();
        assertThat(machine.devices())
                .hasSize(1 << 15)
                .allMatch(d -> d.iterative().isPresent() && d.whole().isPresent());
    }
}
