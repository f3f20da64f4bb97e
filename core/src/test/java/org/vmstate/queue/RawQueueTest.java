// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.MemoryLayout.unionLayout;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RawQueueTest {
    private static final StructLayout TAIL_HEAD =
            structLayout(ADDRESS.withName("tqh_first"), ADDRESS.withName("tqh_last"));
    private static final StructLayout LIST_HEAD = structLayout(ADDRESS.withName("lh_first"));
    private static final StructLayout ENTRY =
            structLayout(ADDRESS.withName("next"), ADDRESS.withName("prev"));
    private static final StructLayout ITEM =
            structLayout(JAVA_INT.withName("value"), paddingLayout(4), ENTRY.withName("entry"));
    private static final long NEXT = ITEM.byteOffset(groupElement("entry"));
    private static final long PREVIOUS = NEXT + ADDRESS.byteSize();

    @AutoClose private final Arena arena = Arena.ofConfined();
    private final MemorySegment tailHead = arena.allocate(TAIL_HEAD);
    private final RawTailQueue tail =
            RawTailQueue.Offsets.of(TAIL_HEAD, ITEM, groupElement("entry")).at(tailHead);
    private final RawListQueue list =
            RawListQueue.Offsets.of(LIST_HEAD, ITEM, groupElement("entry"))
                    .at(arena.allocate(LIST_HEAD));

    @Test
    void zeroedHeadIsAnEmptyQueue() {
        assertEmptyTail();
        assertThat(list.isEmpty()).isTrue();
        assertThat(values(list)).isEmpty();
        assertThatThrownBy(list.iterator()::next).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void initEmptiesWhateverWasThere() {
        tailHead.fill((byte) 0x55);
        tail.init();
        assertEmptyTail();

        list.insertHead(item(1));
        list.init();
        assertThat(list.first()).isNull();
    }

    @Test
    void tailQueueIsWalkedBothWays() {
        MemorySegment first = item(1);
        MemorySegment second = item(2);
        MemorySegment third = item(3);
        Stream.of(first, second, third).forEach(tail::insertTail);

        assertThat(values(tail)).containsExactly(1, 2, 3);
        assertThat(values(tail.reversed())).containsExactly(3, 2, 1);
        assertThat(tail.first().address()).isEqualTo(first.address());
        assertThat(tail.last().address()).isEqualTo(third.address());
        assertThat(tail.next(second).address()).isEqualTo(third.address());
        assertThat(tail.prev(second).address()).isEqualTo(first.address());
        assertThat(tail.next(third)).isNull();
        assertThat(tail.prev(first)).isNull();
        assertThat(tail.first().byteSize()).isEqualTo(ITEM.byteSize());
    }

    @Test
    void listGrowsAtItsHeadAndBesideAnElement() {
        MemorySegment second = item(2);
        list.insertHead(second);
        list.insertAfter(second, item(4));
        list.insertAfter(second, item(3));
        list.insertHead(item(1));

        assertThat(values(list)).containsExactly(1, 2, 3, 4);
        assertThat(value(list.prev(second))).isEqualTo(1);
        assertThat(list.prev(list.first())).isNull();
    }

    @Test
    void currentElementMayBeOverwrittenWhileWalking() {
        Stream.of(1, 2, 3).map(this::item).forEach(tail::insertTail);
        int seen = 0;

        for (MemorySegment element : tail) {
            element.fill((byte) 0xff);
            seen++;
        }

        assertThat(seen).isEqualTo(3);
    }

    @Test
    void insertionRightBehindItselfIsRefused() {
        MemorySegment item = item(1);
        tail.insertTail(item);
        assertThatIllegalStateException().isThrownBy(() -> tail.insertTail(item));
        assertThat(values(tail)).containsExactly(1);

        MemorySegment other = item(2);
        list.insertHead(other);
        assertThatIllegalStateException().isThrownBy(() -> list.insertHead(other));
        assertThatIllegalStateException().isThrownBy(() -> list.insertAfter(other, other));
        assertThat(values(list)).containsExactly(2);
    }

    /// A corruption of the pointers in a queue of three elements, and the message of the exception.
    record Damage(String name, String message, Wreck wreck) {
        @Override
        public String toString() {
            return name;
        }
    }

    interface Wreck {
        void apply(MemorySegment head, List<MemorySegment> items);
    }

    static Stream<Damage> damages() {
        return Stream.of(
                new Damage(
                        "circle to the first",
                        "does not link back",
                        (h, i) -> i.get(2).set(ADDRESS, NEXT, i.get(0))),
                new Damage(
                        "circle to itself",
                        "does not link back",
                        (h, i) -> i.get(1).set(ADDRESS, NEXT, i.get(1))),
                new Damage(
                        "circle through the head",
                        "is the head",
                        (h, i) ->
                                i.get(2)
                                        .set(
                                                ADDRESS,
                                                NEXT,
                                                MemorySegment.ofAddress(h.address() - NEXT))),
                new Damage(
                        "stale way back",
                        "does not link back",
                        (h, i) -> i.get(1).set(ADDRESS, PREVIOUS, MemorySegment.NULL)),
                new Damage(
                        "cut short",
                        "is not the last one for the head",
                        (h, i) -> i.get(1).set(ADDRESS, NEXT, MemorySegment.NULL)),
                new Damage(
                        "misaligned element",
                        "cannot be one",
                        (h, i) ->
                                i.get(0)
                                        .set(
                                                ADDRESS,
                                                NEXT,
                                                MemorySegment.ofAddress(i.get(1).address() + 1))),
                new Damage(
                        "address of the kernel",
                        "cannot be one",
                        (h, i) -> i.get(0).set(ADDRESS, NEXT, MemorySegment.ofAddress(-4096))));
    }

    @ParameterizedTest
    @MethodSource("damages")
    void corruptQueueEndsTheWalk(Damage damage) {
        List<MemorySegment> items = Stream.of(1, 2, 3).map(this::item).toList();
        items.forEach(tail::insertTail);
        damage.wreck().apply(tailHead, items);

        assertThatIllegalStateException()
                .isThrownBy(() -> values(tail))
                .withMessageStartingWith("queue at 0x%x: element at 0x", tailHead.address())
                .withMessageContaining(damage.message());
    }

    @Test
    void corruptQueueEndsTheWalkBackwards() {
        List<MemorySegment> items = Stream.of(1, 2, 3).map(this::item).toList();
        items.forEach(tail::insertTail);
        MemorySegment linkOfLast = MemorySegment.ofAddress(items.get(2).address() + NEXT);
        items.get(1).set(ADDRESS, PREVIOUS, linkOfLast);

        assertThatIllegalStateException()
                .isThrownBy(() -> values(tail.reversed()))
                .withMessageContaining("is not where its predecessor points");
    }

    @Test
    void corruptEndRefusesInsertion() {
        tail.insertTail(item(1));
        tail.insertTail(item(2));
        tailHead.set(ADDRESS, ADDRESS.byteSize(), tailHead);

        assertThatIllegalStateException().isThrownBy(() -> tail.insertTail(item(3)));
        assertThatIllegalStateException().isThrownBy(tail::last);
    }

    @Test
    void pointersAreFoundByShape() {
        MemoryLayout link = structLayout(ADDRESS, ADDRESS);
        MemoryLayout circular = unionLayout(ADDRESS.withName("tqh_first"), link.withName("circ"));
        StructLayout item = structLayout(JAVA_LONG, circular.withName("entry"));
        RawTailQueue queue =
                RawTailQueue.Offsets.of(circular, item, groupElement("entry"))
                        .at(arena.allocate(circular));

        queue.insertTail(arena.allocate(item));

        assertThat(queue.first().address()).isEqualTo(queue.last().address());
    }

    @Test
    void layoutsOfOtherShapesAreRefused() {
        List<Runnable> declarations =
                List.of(
                        () -> RawTailQueue.Offsets.of(LIST_HEAD, ITEM, groupElement("entry")),
                        () -> RawListQueue.Offsets.of(TAIL_HEAD, ITEM, groupElement("entry")),
                        () -> RawTailQueue.Offsets.of(TAIL_HEAD, ITEM, groupElement("value")),
                        () -> RawTailQueue.Offsets.of(TAIL_HEAD, ITEM, groupElement("none")),
                        () -> RawTailQueue.Offsets.of(ITEM, ITEM, groupElement("entry")));
        for (Runnable declaration : declarations) {
            assertThatIllegalArgumentException().isThrownBy(declaration::run);
        }
    }

    @Test
    void memoryThatCannotHoldTheQueueIsRefused() {
        MemorySegment heap = MemorySegment.ofArray(new long[8]);
        assertThatIllegalArgumentException().isThrownBy(() -> tail.insertTail(heap));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tail.insertTail(arena.allocate(ITEM.byteSize() - 1)));
        RawTailQueue.Offsets layout =
                RawTailQueue.Offsets.of(TAIL_HEAD, ITEM, groupElement("entry"));
        assertThatIllegalArgumentException().isThrownBy(() -> layout.at(heap.asSlice(0, 8)));
    }

    @Test
    void freedMemoryIsRefused() {
        RawTailQueue queue;
        try (Arena shortLived = Arena.ofConfined()) {
            queue =
                    RawTailQueue.Offsets.of(TAIL_HEAD, ITEM, groupElement("entry"))
                            .at(shortLived.allocate(TAIL_HEAD));
        }
        assertThatIllegalStateException().isThrownBy(queue::isEmpty);
    }

    private void assertEmptyTail() {
        assertThat(tail.isEmpty()).isTrue();
        assertThat(tail.first()).isNull();
        assertThat(tail.last()).isNull();
        assertThat(values(tail)).isEmpty();
        assertThat(values(tail.reversed())).isEmpty();
    }

    private MemorySegment item(int value) {
        MemorySegment item = arena.allocate(ITEM);
        item.set(JAVA_INT, 0, value);
        return item;
    }

    private static int value(MemorySegment item) {
        return item.get(JAVA_INT, 0);
    }

    private static List<Integer> values(Iterable<MemorySegment> queue) {
        return StreamSupport.stream(queue.spliterator(), false).map(RawQueueTest::value).toList();
    }
}
