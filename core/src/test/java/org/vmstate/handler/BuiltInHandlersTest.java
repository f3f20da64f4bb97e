// SPDX-License-Identifier: Apache-2.0
package org.vmstate.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.ram.RamContext;
import org.vmstate.stream.Command;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.SectionHandler;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamContext;
import org.vmstate.testing.Source;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// The handlers of iterative devices, with bodies made by hand.
class BuiltInHandlersTest {
    /// The bytes after each body, which must not be consumed.
    private static final byte[] BEHIND = {0x7e, 0, 0, 0, 9, 0, 0, 0, 0};

    record Body(String device, long version, String what, StreamBytes bytes) {
        byte[] withWhatFollows() {
            return new StreamBytes().bytes(bytes.toByteArray()).bytes(BEHIND).toByteArray();
        }

        @Override
        public String toString() {
            return device + ": " + what;
        }
    }

    private static StreamBytes bytes() {
        return new StreamBytes();
    }

    private static StreamBytes blockList() {
        return bytes().u64(0x20000 | 0x04).str8("pc.ram").u64(0x20000);
    }

    static List<Body> bodies() {
        byte[] page = new byte[4096];
        return List.of(
                new Body("ram", 4, "nothing", bytes().u64(0x10)),
                new Body("ram", 4, "blocks", blockList().u64(0x10)),
                new Body(
                        "ram",
                        4,
                        "blocks and pages",
                        blockList()
                                .u64(0x1000 | 0x08)
                                .str8("pc.ram")
                                .bytes(page)
                                .u64(0x2000 | 0x08 | 0x20)
                                .bytes(page)
                                .u64(0x3000 | 0x02 | 0x20)
                                .u8(0)
                                .u64(0x10)),
                new Body("spapr/htab", 1, "its size", bytes().u32(24)),
                new Body("spapr/htab", 1, "no table", bytes().u32(-1)),
                new Body("spapr/htab", 1, "no entries", bytes().u32(0).u64(0)),
                new Body(
                        "spapr/htab",
                        1,
                        "entries",
                        bytes().u32(0)
                                .u32(0)
                                .u16(2)
                                .u16(0)
                                .bytes(new byte[32])
                                .u32(7)
                                .u16(0)
                                .u16(9)
                                .u64(0)),
                new Body("s390-storage_attributes", 0, "nothing", bytes().u64(1)),
                new Body("s390-storage_attributes", 0, "the last", bytes().u64(8)),
                new Body(
                        "s390-storage_attributes", 0, "the last and an end", bytes().u64(8).u64(1)),
                new Body(
                        "s390-storage_attributes",
                        0,
                        "values",
                        bytes().u64(0x7000 | 2).u64(3).hex("aabbcc").u64(0x9000 | 2).u64(0).u64(1)),
                new Body("block", 1, "nothing", bytes().u64(2)),
                new Body(
                        "block",
                        1,
                        "blocks",
                        bytes().u64(5 << 9 | 1)
                                .str8("drive0")
                                .bytes(new byte[1 << 20])
                                .u64(2048 << 9 | 1 | 8)
                                .str8("drive0")
                                .u64(50 << 9 | 4)
                                .u64(2)),
                new Body("dirty-bitmap", 1, "nothing", bytes().u8(1)),
                new Body(
                        "dirty-bitmap",
                        1,
                        "bitmaps",
                        bytes().u8(0x10 | 8 | 4)
                                .str8("node")
                                .str8("bitmap")
                                .u32(65536)
                                .u8(1)
                                .u8(0x40)
                                .u64(0)
                                .u32(2048)
                                .u64(4)
                                .hex("ffffffff")
                                .u8(0x40 | 2)
                                .u64(2048)
                                .u32(2048)
                                .u8(0x20)
                                .u8(1)));
    }

    private static void walk(WireReader in, Body body) throws IOException {
        SectionIdentity identity = new SectionIdentity(body.device(), 0, body.version());
        SectionHandler walker = new BuiltInHandlers(new RamContext()).find(identity, true);
        assertThat(walker).isNotNull();
        walker.consume(in, identity, StreamContext.EMPTY);
    }

    private static VMStateException errorOf(Body body) {
        return catchThrowableOfType(
                VMStateException.class,
                () -> walk(WireReader.of(body.bytes().toByteArray()), body));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void bodyIsWalkedToItsEndFromEverySource(Body body) throws IOException {
        for (Source source : Source.values()) {
            try (WireReader in = source.open(body.withWhatFollows())) {
                walk(in, body);
                assertThat(in.position()).isEqualTo(source.origin() + body.bytes().size());
                assertThat(in.bytes(BEHIND.length)).isEqualTo(BEHIND);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void bodyCutAnywhereIsReported(Body body) {
        byte[] whole = body.bytes().toByteArray();
        int step = Math.max(1, whole.length / 1000);
        for (int cut = 0; cut < whole.length; cut += step) {
            byte[] kept = Arrays.copyOf(whole, cut);
            // a body whose optional end is truncated is valid without it
            if (body.what().equals("the last and an end") && cut >= 8) {
                continue;
            }
            VMStateException e =
                    catchThrowableOfType(
                            VMStateException.class, () -> walk(WireReader.of(kept), body));
            assertThat(e)
                    .as("cut at %d", cut)
                    .isInstanceOfAny(TruncatedException.class, CorruptException.class);
            assertThat(e.offset()).isBetween(0L, (long) cut);
        }
    }

    static Stream<Body> wrongBodies() {
        return Stream.of(
                new Body("ram", 4, "unknown flags", bytes().u64(0x11)),
                new Body("ram", 4, "a page before any block", bytes().u64(0x28)),
                new Body("block", 1, "unknown flags", bytes().u64(0x10)),
                new Body("block", 1, "no flags", bytes().u64(0x200)),
                new Body("block", 1, "a name that is not UTF-8", bytes().u64(1).u8(1).u8(0xff)),
                new Body("dirty-bitmap", 1, "no flags", bytes().u8(0)),
                new Body("dirty-bitmap", 1, "two kinds", bytes().u8(0x30).bytes(new byte[20])),
                new Body("dirty-bitmap", 1, "more flags", bytes().u8(0x81)),
                new Body(
                        "dirty-bitmap",
                        1,
                        "a huge bitmap",
                        bytes().u8(0x40).u64(0).u32(0).u64(Long.MIN_VALUE)),
                new Body("s390-storage_attributes", 0, "no flags", bytes().u64(0x1000)),
                new Body("s390-storage_attributes", 0, "an error", bytes().u64(4)),
                new Body("s390-storage_attributes", 0, "two flags", bytes().u64(3)),
                new Body("s390-storage_attributes", 0, "too many", bytes().u64(2).u64(-1)));
    }

    @ParameterizedTest
    @MethodSource("wrongBodies")
    void bodyThatNobodyWritesIsCorrupt(Body body) {
        VMStateException e = errorOf(body);

        assertThat(e).isInstanceOf(CorruptException.class);
        assertThat(e.offset()).isBetween(0L, (long) body.bytes().size());
    }

    static Stream<Body> cutBodies() {
        return Stream.of(
                new Body("spapr/htab", 1, "entries", bytes().u32(0).u32(1).u16(0xffff).u16(0)),
                new Body("dirty-bitmap", 1, "bits", bytes().u8(0x40).u64(0).u32(0).u64(1L << 62)),
                new Body("s390-storage_attributes", 0, "values", bytes().u64(2).u64(1L << 62)));
    }

    @ParameterizedTest
    @MethodSource("cutBodies")
    void lengthBeyondTheInputIsTruncated(Body body) throws IOException {
        assertThat(errorOf(body)).isInstanceOf(TruncatedException.class);
        try (WireReader pipe = Source.CHANNEL.open(body.bytes().toByteArray())) {
            assertThat(catchThrowableOfType(VMStateException.class, () -> walk(pipe, body)))
                    .isInstanceOf(TruncatedException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ram", "spapr/htab", "s390-storage_attributes"})
    void versionThatNoQemuWritesIsUnsupported(String device) {
        assertThat(errorOf(new Body(device, 99, "version 99", bytes().u64(0))))
                .isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("version 99");
    }

    @Test
    void otherDevicesHaveNoWalker() {
        for (String device : List.of("vfiox", "timer", "cpu", "", "RAM", "ram ")) {
            assertThat(
                            new BuiltInHandlers(new RamContext())
                                    .find(new SectionIdentity(device, 0, 1), true))
                    .isNull();
        }
    }

    @Test
    void ramIsToldWhatTheStreamSaidBefore() throws IOException {
        RamContext ram = new RamContext();
        SectionIdentity identity = new SectionIdentity("ram", 0, 4);
        StreamContext context =
                new StreamContext(
                        Optional.of(
                                new Configuration(
                                        "virt",
                                        List.of(
                                                new Configuration.Subsection.TargetPageBits(1, 10),
                                                new Configuration.Subsection.Capabilities(
                                                        1, List.of("x-ignore-shared"))))),
                        Optional.of(new Command.PostcopyAdvise(Optional.empty())));
        StreamBytes body =
                bytes().u64(0x200000 | 0x04)
                        .str8("huge")
                        .u64(0x200000)
                        .u64(0x200000)
                        .u64(0x4000_0000)
                        .u64(0x10);

        new BuiltInHandlers(ram)
                .find(identity, true)
                .consume(
                        WireReader.of(body.toByteArray(), 0, ReadLimits.DEFAULT),
                        identity,
                        context);

        assertThat(ram.pageSize().orElseThrow().bytes()).isEqualTo(1024);
        assertThat(ram.block("huge").pageSize()).hasValue(0x200000);
        assertThat(ram.block("huge").guestAddress()).hasValue(0x4000_0000);
    }

    private static final long VFIO = 0xffff_ffff_ef10_0000L;

    private static StreamBytes vfio(boolean endBehindInitialData) {
        StreamBytes stream =
                StreamBytes.stream()
                        .start(77, "0000:00:03.0/vfio", 0, 1)
                        .u64(VFIO | 3)
                        .u64(VFIO | 1)
                        .footer(77)
                        .part(77)
                        .u64(VFIO | 4)
                        .u64(22)
                        .footer(77)
                        .full(5, "no", 0, 1)
                        .u8(0)
                        .u64(VFIO | 5);
        return (endBehindInitialData ? stream.u64(VFIO | 1) : stream)
                .footer(77)
                .end(77)
                .u64(VFIO | 1)
                .footer(77)
                .full(3, "timer", 0, 2)
                .hex("aabb")
                .footer(3)
                .full(77, "0000:00:03.0/vfio", 0, 1)
                .u64(VFIO | 2)
                .footer(77)
                .full(6, "no", 0, 1)
                .u64(VFIO | 1)
                .footer(77)
                .full(4, "cpu", 0, 1)
                .footer(4)
                .endOfStream();
    }

    /// Records and footers inside the device's memory do not end the section.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void vfioIsOneDeviceWhoseRecordsDelimitIt(boolean endBehindInitialData) throws IOException {
        byte[] bytes = vfio(endBehindInitialData).toByteArray();

        SavedMachine machine = SavedMachine.read(MachineReader.of(WireReader.of(bytes)));

        assertThat(machine.failure()).isEmpty();
        assertThat(machine.devices())
                .extracting(d -> d.identity().idString())
                .containsExactly("0000:00:03.0/vfio", "timer", "cpu");
        Device vfio = machine.devices().getFirst();
        assertThat(vfio.iterative().orElseThrow().complete()).isTrue();
        assertThat(vfio.whole().orElseThrow().section().body().length()).isEqualTo(8 + 5 + 16 + 8);
    }
}
