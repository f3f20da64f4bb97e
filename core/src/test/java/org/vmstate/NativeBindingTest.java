// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.buffer;
import static org.vmstate.VMStateFields.gtreeDirect;
import static org.vmstate.VMStateFields.int32;
import static org.vmstate.VMStateFields.qtailq;
import static org.vmstate.VMStateFields.struct;
import static org.vmstate.VMStateFields.uint16;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.vbuffer;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.queue.RawTailQueue;
import org.vmstate.queue.TailQueue;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.LimitExceededException;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The declarations that the binding to native memory accepts and refuses.
class NativeBindingTest {
    private static final StructLayout POINTERS = structLayout(ADDRESS, ADDRESS);
    private static final StructLayout ITEM =
            structLayout(JAVA_INT.withName("a"), paddingLayout(4), POINTERS.withName("next"));
    private static final VMStateDescription<MemorySegment> ITEM_VMSTATE =
            VMStateDescription.builder("item", ITEM).fields(uint32("a")).build();
    private static final StructLayout STATE =
            structLayout(
                    JAVA_INT.withName("n"),
                    JAVA_FLOAT.withName("single"),
                    JAVA_LONG.withName("wide"),
                    JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN).withName("big"),
                    JAVA_SHORT.withName("small"),
                    paddingLayout(4),
                    ADDRESS.withName("unknown"),
                    pointer(sequenceLayout(4, JAVA_SHORT)).withName("four"),
                    sequenceLayout(4, JAVA_SHORT).withName("inline"),
                    ITEM.withName("item"),
                    ADDRESS.withName("item_pointer"),
                    POINTERS.withName("queue"));

    @AutoClose private final Arena arena = Arena.ofConfined();
    private final MemorySegment state = arena.allocate(STATE);

    static Stream<Arguments> refusedFields() {
        VMStateDescription<Plain> plain =
                VMStateDescription.builder("plain", Plain.class, MethodHandles.lookup())
                        .fields(uint32("a"))
                        .build();
        return Stream.of(
                Arguments.of(uint32("none"), "none"),
                Arguments.of(uint32("small"), "cannot hold uint32"),
                Arguments.of(int32("single"), "cannot hold int32"),
                Arguments.of(
                        uint16("four").varray("n").allocate().asQemuDoes("a test"),
                        "requires an allocator"),
                Arguments.of(uint16("inline").array(5), "sends 5 elements, the member has 4"),
                Arguments.of(uint16("inline").array(3), "sends 3 of the 4 elements"),
                Arguments.of(uint16("four").array(3), "sends 3 of the 4 elements"),
                Arguments.of(buffer("inline", 6), "sends 6 of the 8 bytes"),
                Arguments.of(
                        uint16("inline").varray("n").allocate().asQemuDoes("a test"),
                        "is not a pointer"),
                Arguments.of(uint16("unknown").varray("n"), "points to memory of unknown size"),
                Arguments.of(vbuffer("unknown").length("n"), "points to memory of unknown size"),
                Arguments.of(uint16("inline").array(4).pointers(), "is not an array of pointers"),
                Arguments.of(struct("n", ITEM_VMSTATE), "is not"),
                Arguments.of(struct("item", plain), "does not describe memory"),
                Arguments.of(
                        struct("unknown", ITEM_VMSTATE)
                                .varray("n")
                                .allocate(() -> MemorySegment.NULL)
                                .asQemuDoes("a test"),
                        "not by a factory"),
                Arguments.of(struct("item_pointer", ITEM_VMSTATE).allocate(), "needs a factory"),
                Arguments.of(
                        struct("item", ITEM_VMSTATE).allocate(() -> MemorySegment.NULL),
                        "is not a pointer"),
                Arguments.of(
                        qtailq("queue", 1, ITEM_VMSTATE, () -> MemorySegment.NULL),
                        "the link member of its elements is not declared"),
                Arguments.of(
                        qtailq("item", 1, ITEM_VMSTATE, () -> MemorySegment.NULL).link("next"),
                        "pointers and nothing else"),
                Arguments.of(
                        gtreeDirect("queue", 1, ITEM_VMSTATE, () -> MemorySegment.NULL),
                        "declare it with accessors"));
    }

    @ParameterizedTest
    @MethodSource("refusedFields")
    void fieldThatCannotWorkIsRefused(VMStateField<Object> field, String why) {
        VMStateDescriptionBuilder<MemorySegment> builder =
                VMStateDescription.builder("state", STATE).fields(field);

        assertThatIllegalArgumentException()
                .isThrownBy(builder::build)
                .withMessageContaining(field.name())
                .withMessageContaining(why);
    }

    @Test
    void linkOfAQueueOfObjectsIsRefused() {
        VMStateDescription<Plain> plain =
                VMStateDescription.builder("plain", Plain.class, MethodHandles.lookup())
                        .fields(uint32("a"))
                        .build();

        assertThatIllegalArgumentException()
                .isThrownBy(
                        VMStateDescription.builder("plain", Plain.class, MethodHandles.lookup())
                                        .fields(qtailq("queue", 1, plain, Plain::new).link("next"))
                                ::build);
        assertThatIllegalArgumentException().isThrownBy(() -> uint32("a").link("next"));
    }

    @Test
    void numbersAreKeptInTheirOwnWidthAndByteOrder() throws IOException {
        VMStateDescription<MemorySegment> description =
                VMStateDescription.builder("state", STATE)
                        .fields(int32("wide"), uint16("big"))
                        .build();

        load(description, "fffffffe 1234");

        assertThat(state.get(JAVA_LONG, offset("wide"))).isEqualTo(-2);
        assertThat(state.get(JAVA_BYTE, offset("big"))).isEqualTo((byte) 0x12);
        assertThat(save(description)).isEqualTo("fffffffe1234");
        state.set(JAVA_LONG, offset("wide"), 1L << 32);
        assertThatThrownBy(() -> save(description)).isInstanceOf(RefusedException.class);
    }

    @Test
    void countBeyondTheTargetLayoutIsRefused() throws IOException {
        VMStateDescription<MemorySegment> description =
                VMStateDescription.builder("state", STATE)
                        .fields(uint32("n"), uint16("four").varray("n"))
                        .build();
        state.set(ADDRESS, offset("four"), arena.allocate(8));

        load(description, "00000004 0001 0002 0003 0004");
        assertThat(save(description)).isEqualTo("000000040001000200030004");

        assertThatThrownBy(() -> load(description, "00000005 0001 0002 0003 0004 0005"))
                .isInstanceOf(LimitExceededException.class);
        assertThatThrownBy(() -> save(description)).isInstanceOf(RefusedException.class);
        assertThatThrownBy(() -> load(description, "7fffffff 0001"))
                .isInstanceOfAny(TruncatedException.class, LimitExceededException.class);
    }

    @Test
    void constantCountSaysHowMuchMemoryThereIs() throws IOException {
        VMStateDescription<MemorySegment> description =
                VMStateDescription.builder("state", STATE)
                        .fields(buffer("unknown", 3), uint16("inline").array(2).from(1))
                        .build();
        state.set(ADDRESS, offset("unknown"), arena.allocate(3));

        load(description, "010203 0004 0005");

        assertThat(save(description)).isEqualTo("01020300040005");
        assertThat(state.get(JAVA_SHORT, offset("inline"))).isZero();
    }

    @Test
    void nullPointerWhereMemoryMustBeIsRefused() {
        VMStateDescription<MemorySegment> description =
                VMStateDescription.builder("state", STATE)
                        .fields(struct("item_pointer", ITEM_VMSTATE))
                        .build();

        assertThatThrownBy(() -> save(description)).isInstanceOf(RefusedException.class);
        assertThatThrownBy(() -> load(description, "00000001"))
                .isInstanceOf(RefusedException.class);
    }

    @Test
    void accessorsReachWhatIsNotInMemory() throws IOException {
        SortedMap<Long, MemorySegment> tree = new TreeMap<>();
        VMStateDescription<MemorySegment> description =
                VMStateDescription.builder("state", STATE)
                        .fields(
                                uint32("doubled")
                                        .number(
                                                (MemorySegment s) -> s.get(JAVA_INT, 0) / 2,
                                                (s, value) -> s.set(JAVA_INT, 0, (int) value * 2)),
                                gtreeDirect("tree", 1, ITEM_VMSTATE, () -> arena.allocate(ITEM))
                                        .object((MemorySegment _) -> tree))
                        .build();

        load(description, "00000007 00000001 01 0000000000000003 00000009 00");

        assertThat(state.get(JAVA_INT, 0)).isEqualTo(14);
        assertThat(tree.get(3L).get(JAVA_INT, 0)).isEqualTo(9);
        assertThat(save(description)).isEqualTo("00000007000000010100000000000000030000000900");
    }

    @Test
    void stateWithoutPointersMayBeOnTheHeap() throws IOException {
        StructLayout layout = structLayout(JAVA_INT.withName("a"), JAVA_SHORT.withName("b"));
        MemorySegment heap = MemorySegment.ofArray(new byte[6]);
        VMStateDescription<MemorySegment> description =
                VMStateDescription.builder("heap", layout).fields(uint32("a"), uint16("b")).build();

        description.load(WireReader.of(new byte[] {1, 2, 3, 4, 5, 6}), heap, 1);

        assertThat(heap.get(JAVA_INT.withByteAlignment(1), 0)).isEqualTo(0x01020304);
    }

    @Test
    void failingElementIsNotInTheQueue() {
        VMStateDescription<MemorySegment> description = queue();

        assertThatThrownBy(() -> load(description, "01 00000001 01 00000002 01 0000"))
                .isInstanceOf(TruncatedException.class)
                .hasMessageContaining("state > queue[2] > a");

        RawTailQueue queue =
                RawTailQueue.Offsets.of(POINTERS, ITEM, groupElement("next"))
                        .at(state.asSlice(offset("queue"), POINTERS));
        assertThat(queue).hasSize(2);
        assertThat(queue.last().get(JAVA_INT, 0)).isEqualTo(2);
    }

    @Test
    void corruptQueueIsNotSaved() throws IOException {
        VMStateDescription<MemorySegment> description = queue();
        load(description, "01 00000001 01 00000002 00");
        MemorySegment first = state.get(pointer(ITEM), offset("queue"));
        first.set(ADDRESS, ITEM.byteOffset(groupElement("next")), first);

        assertThatThrownBy(() -> save(description))
                .isInstanceOf(RefusedException.class)
                .hasMessageStartingWith("state > queue[0]: ")
                .hasMessageContaining("does not link back")
                .hasCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void bytesAndTextAreThoseOfTheObjectBinding() throws IOException {
        VMStateDescription<Plain> item =
                VMStateDescription.builder("item", Plain.class, MethodHandles.lookup())
                        .fields(uint32("a"))
                        .build();
        VMStateDescription<Plain> objects =
                VMStateDescription.builder("state", Plain.class, MethodHandles.lookup())
                        .fields(qtailq("queue", 1, item, Plain::new), uint16("inline").array(4))
                        .build();
        VMStateDescription<MemorySegment> memory =
                VMStateDescription.builder("state", STATE)
                        .fields(
                                qtailq("queue", 1, ITEM_VMSTATE, () -> arena.allocate(ITEM))
                                        .link("next"),
                                uint16("inline").array(4))
                        .build();
        byte[] bytes = bytes("01 00000001 01 fffffffe 00 0001 0002 fffd 0004");
        Plain plain = new Plain();

        objects.load(WireReader.of(bytes), plain, 1);
        memory.load(WireReader.of(bytes), state, 1);

        WireWriter fromObjects = WireWriter.toMemory();
        WireWriter fromMemory = WireWriter.toMemory();
        VmDescWriter textOfObjects = new VmDescWriter().startObject();
        VmDescWriter textOfMemory = new VmDescWriter().startObject();
        objects.save(fromObjects, plain, textOfObjects);
        memory.save(fromMemory, state, textOfMemory);
        assertThat(fromMemory.toByteArray()).isEqualTo(fromObjects.toByteArray()).isEqualTo(bytes);
        assertThat(textOfMemory.endObject().toString())
                .isEqualTo(textOfObjects.endObject().toString());
    }

    private VMStateDescription<MemorySegment> queue() {
        return VMStateDescription.builder("state", STATE)
                .fields(qtailq("queue", 1, ITEM_VMSTATE, () -> arena.allocate(ITEM)).link("next"))
                .build();
    }

    private void load(VMStateDescription<MemorySegment> description, String hex)
            throws IOException {
        description.load(WireReader.of(bytes(hex)), state, 1);
    }

    private String save(VMStateDescription<MemorySegment> description) throws IOException {
        WireWriter writer = WireWriter.toMemory();
        description.save(writer, state);
        return HexFormat.of().formatHex(writer.toByteArray());
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static long offset(String member) {
        return STATE.byteOffset(groupElement(member));
    }

    @SuppressWarnings("restricted")
    private static AddressLayout pointer(MemoryLayout target) {
        return ADDRESS.withTargetLayout(target);
    }

    /// The same state as an object, and an element of its queue.
    static final class Plain {
        int a;
        final short[] inline = new short[4];
        final TailQueue.Link<Plain> next = new TailQueue.Link<>();
        final TailQueue<Plain> queue = new TailQueue<>(p -> p.next);
    }
}
