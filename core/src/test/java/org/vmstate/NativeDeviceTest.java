// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.bitmap;
import static org.vmstate.VMStateFields.bool;
import static org.vmstate.VMStateFields.buffer;
import static org.vmstate.VMStateFields.float64;
import static org.vmstate.VMStateFields.int16;
import static org.vmstate.VMStateFields.int32;
import static org.vmstate.VMStateFields.int8;
import static org.vmstate.VMStateFields.qlist;
import static org.vmstate.VMStateFields.qtailq;
import static org.vmstate.VMStateFields.struct;
import static org.vmstate.VMStateFields.uint16;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint64;
import static org.vmstate.VMStateFields.uint8;
import static org.vmstate.VMStateFields.vbuffer;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmstate.testing.CLibrary;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The device model of `device.c`: Java saves C's state, and C reads the state that Java loaded.
class NativeDeviceTest {
    private static final StructLayout POINTERS = structLayout(ADDRESS, ADDRESS);
    private static final StructLayout EVENT =
            structLayout(
                    JAVA_INT.withName("summary"),
                    JAVA_INT.withName("extended_length"),
                    ADDRESS.withName("extended_log"),
                    POINTERS.withName("next"));
    private static final StructLayout CHANNEL =
            structLayout(JAVA_LONG.withName("base"), JAVA_BYTE.withName("mode"), paddingLayout(7));
    private static final StructLayout UNIT =
            structLayout(
                    JAVA_SHORT.withName("address"),
                    paddingLayout(6),
                    POINTERS.withName("list"),
                    CHANNEL.withName("channel"));
    private static final StructLayout DEVICE =
            structLayout(
                    JAVA_BOOLEAN.withName("enabled"),
                    JAVA_BYTE.withName("i8"),
                    JAVA_SHORT.withName("u16"),
                    JAVA_INT.withName("i32"),
                    JAVA_LONG.withName("u64"),
                    JAVA_DOUBLE.withName("ratio"),
                    sequenceLayout(4, JAVA_INT).withName("regs"),
                    sequenceLayout(2, sequenceLayout(3, JAVA_SHORT)).withName("grid"),
                    sequenceLayout(6, JAVA_BYTE).withName("mac"),
                    paddingLayout(6),
                    CHANNEL.withName("channel"),
                    sequenceLayout(3, CHANNEL).withName("channels"),
                    ADDRESS.withName("extra"),
                    sequenceLayout(4, ADDRESS).withName("slots"),
                    JAVA_INT.withName("count"),
                    paddingLayout(4),
                    ADDRESS.withName("values"),
                    JAVA_INT.withName("bits"),
                    paddingLayout(4),
                    sequenceLayout(2, JAVA_LONG).withName("map"),
                    POINTERS.withName("pending_events"),
                    structLayout(ADDRESS).withName("units"),
                    JAVA_BOOLEAN.withName("has_late"),
                    paddingLayout(3),
                    JAVA_INT.withName("late"));
    private static final long HAS_LATE = DEVICE.byteOffset(PathElement.groupElement("has_late"));

    private static CLibrary library;
    private static VMStateDescription<MemorySegment> vmstate;

    private MemorySegment source;
    private MemorySegment target;

    @BeforeAll
    static void declare() {
        library = CLibrary.compile(NativeDeviceTest.class, "device.c");
        VMStateDescription<MemorySegment> event =
                VMStateDescription.builder("event", EVENT, NativeDeviceTest::calloc)
                        .fields(
                                uint32("summary"),
                                uint32("extended_length"),
                                vbuffer("extended_log").length("extended_length").allocate())
                        .build();
        VMStateDescription<MemorySegment> channel =
                VMStateDescription.builder("channel", CHANNEL)
                        .fields(uint64("base"), uint8("mode"))
                        .build();
        VMStateDescription<MemorySegment> unit =
                VMStateDescription.builder("unit", UNIT)
                        .fields(
                                uint16("address"),
                                uint64("base").named("channel.base"),
                                uint8("mode").named("channel.mode"))
                        .build();
        vmstate =
                VMStateDescription.builder("device", DEVICE, NativeDeviceTest::calloc)
                        .fields(
                                bool("enabled"),
                                int8("i8"),
                                uint16("u16"),
                                int32("i32"),
                                uint64("u64"),
                                float64("ratio"),
                                uint32("regs").array(4),
                                uint16("grid").array2d(2, 3),
                                buffer("mac", 6),
                                struct("channel", channel),
                                struct("channels", channel).array(3),
                                struct("extra", channel)
                                        .allocate(() -> calloc(CHANNEL.byteSize(), 8)),
                                struct("slots", channel).array(4).pointers(),
                                uint32("count"),
                                int16("values").varray("count").allocate(),
                                int32("bits"),
                                bitmap("map").length("bits"),
                                qtailq(
                                                "pending_events",
                                                1,
                                                event,
                                                () -> calloc(EVENT.byteSize(), 8))
                                        .link("next"),
                                qlist("units", 1, unit, () -> calloc(UNIT.byteSize(), 8))
                                        .link("list"))
                        .subsections(
                                VMStateDescription.builder("device/late", DEVICE)
                                        .needed(d -> d.get(JAVA_BOOLEAN, HAS_LATE))
                                        .postLoad((d, _) -> d.set(JAVA_BOOLEAN, HAS_LATE, true))
                                        .fields(uint32("late"))
                                        .build())
                        .build();
    }

    @BeforeEach
    void create() throws Throwable {
        source = device();
        target = device();
    }

    @AfterEach
    void free() throws Throwable {
        call("device_free", source);
        call("device_free", target);
    }

    @Test
    void layoutIsThatOfC() throws Throwable {
        long size =
                (long)
                        library.function("device_size", FunctionDescriptor.of(JAVA_LONG))
                                .invokeExact();

        assertThat(size).isEqualTo(DEVICE.byteSize());
    }

    @Test
    void stateThatCMadeIsSavedAsCEncodesIt() throws Throwable {
        call("device_run", source);

        assertThat(save(source)).isEqualTo(encode(source)).hasSizeGreaterThan(200);
    }

    @Test
    void stateThatJavaLoadedIsEncodedByCAsItWas() throws Throwable {
        call("device_run", source);
        byte[] saved = save(source);

        load(saved, target);

        assertThat(encode(target)).isEqualTo(saved);
        assertThat(save(target)).isEqualTo(saved);
    }

    @Test
    void everyTruncationLeavesADeviceThatCCanFree() throws Throwable {
        call("device_run", source);
        byte[] saved = save(source);
        int subsectionName = 2 + "device/late".length();
        int subsection = saved.length - subsectionName - 4 - 4;
        for (int length = 0; length < saved.length; length++) {
            byte[] cut = Arrays.copyOf(saved, length);
            if (length >= subsection && length < subsection + subsectionName) {
                load(cut, target); // the rest of the name is not part of the body
            } else {
                assertThatThrownBy(() -> load(cut, target)).isInstanceOf(VMStateException.class);
            }
            call("device_free", target);
            target = device();
        }
    }

    private static MemorySegment calloc(long size, long alignment) {
        try {
            MemorySegment memory =
                    (MemorySegment)
                            library.function("zeroed", FunctionDescriptor.of(ADDRESS, JAVA_LONG))
                                    .invokeExact(size);
            return reinterpret(memory, size);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static MemorySegment device() throws Throwable {
        MemorySegment device =
                (MemorySegment)
                        library.function("device_new", FunctionDescriptor.of(ADDRESS))
                                .invokeExact();
        return reinterpret(device, DEVICE.byteSize());
    }

    @SuppressWarnings("restricted")
    private static MemorySegment reinterpret(MemorySegment memory, long size) {
        return memory.reinterpret(size);
    }

    private static void call(String function, MemorySegment device) throws Throwable {
        library.function(function, FunctionDescriptor.ofVoid(ADDRESS)).invokeExact(device);
    }

    private static byte[] encode(MemorySegment device) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(4096);
            long size =
                    (long)
                            library.function(
                                            "device_encode",
                                            FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS))
                                    .invokeExact(device, out);
            return out.asSlice(0, size).toArray(JAVA_BYTE);
        }
    }

    private static byte[] save(MemorySegment device) throws IOException {
        WireWriter writer = WireWriter.toMemory();
        vmstate.save(writer, device);
        return writer.toByteArray();
    }

    private static void load(byte[] bytes, MemorySegment device) throws IOException {
        vmstate.load(WireReader.of(bytes), device, 1);
    }
}
