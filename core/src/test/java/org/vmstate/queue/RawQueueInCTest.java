// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.MemoryLayout.unionLayout;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.UnionLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.vmstate.testing.CLibrary;

/// Queues of `queues.c`: Java reads queues that C built, and C reads queues that Java built.
class RawQueueInCTest {
    private static final StructLayout POINTERS = structLayout(ADDRESS, ADDRESS);
    private static final UnionLayout CIRC = unionLayout(ADDRESS, POINTERS);
    private static final StructLayout ITEM =
            structLayout(
                    JAVA_BYTE.withName("before"),
                    paddingLayout(7),
                    CIRC.withName("circ_entry"),
                    JAVA_INT.withName("value"),
                    paddingLayout(4),
                    POINTERS.withName("tail_entry"),
                    POINTERS.withName("list_entry"));
    private static final StructLayout DEVICE =
            structLayout(
                    JAVA_SHORT.withName("before"),
                    paddingLayout(6),
                    CIRC.withName("circ_head"),
                    POINTERS.withName("tail_head"),
                    structLayout(ADDRESS).withName("list_head"));
    private static final long VALUE = ITEM.byteOffset(groupElement("value"));

    private static CLibrary library;

    @AutoClose private final Arena arena = Arena.ofConfined();
    private final MemorySegment device = arena.allocate(DEVICE);
    private final RawTailQueue circ =
            RawTailQueue.Offsets.of(head("circ_head"), ITEM, groupElement("circ_entry"))
                    .at(slice("circ_head"));
    private final RawTailQueue tail =
            RawTailQueue.Offsets.of(head("tail_head"), ITEM, groupElement("tail_entry"))
                    .at(slice("tail_head"));
    private final RawListQueue list =
            RawListQueue.Offsets.of(head("list_head"), ITEM, groupElement("list_entry"))
                    .at(slice("list_head"));

    @BeforeAll
    static void compile() {
        library = CLibrary.compile(RawQueueInCTest.class, "queues.c");
    }

    @Test
    void layoutsAreThoseOfC() throws Throwable {
        FunctionDescriptor size = FunctionDescriptor.of(JAVA_LONG);
        assertThat((long) library.function("device_size", size).invokeExact())
                .isEqualTo(DEVICE.byteSize());
        assertThat((long) library.function("item_size", size).invokeExact())
                .isEqualTo(ITEM.byteSize());
    }

    @Test
    void queuesBuiltByCAreWalkedByJava() throws Throwable {
        call("device_init");
        assertThat(circ).isEmpty();
        assertThat(circ.reversed()).isEmpty();
        assertThat(tail.reversed()).isEmpty();
        assertThat(list).isEmpty();

        for (int value = 1; value <= 100; value++) {
            add(item(value));
        }
        assertThat(values(circ)).isEqualTo(range(1, 100));
        assertThat(values(circ.reversed())).isEqualTo(range(100, 1));
        assertThat(values(tail)).isEqualTo(range(1, 100));
        assertThat(values(tail.reversed())).isEqualTo(range(100, 1));
        assertThat(values(list)).isEqualTo(range(100, 1));
        assertThat(value(tail.prev(tail.last()))).isEqualTo(99);
        assertThat(value(list.prev(list.next(list.first())))).isEqualTo(100);

        call("device_drop_odd");
        assertThat(values(circ)).isEqualTo(values(tail)).hasSize(50);
        assertThat(values(circ.reversed())).isEqualTo(values(tail.reversed())).hasSize(50);
        assertThat(values(list)).isEqualTo(values(tail.reversed()));
    }

    @Test
    void queuesBuiltByJavaAreWalkedByC() throws Throwable {
        for (int value = 1; value <= 100; value++) {
            MemorySegment item = item(value);
            circ.insertTail(item);
            tail.insertTail(item);
            list.insertHead(item);
        }
        assertWalksOfC(range(1, 100));

        call("device_drop_odd");
        List<Integer> even = range(1, 100).stream().filter(v -> v % 2 == 0).toList();
        assertWalksOfC(even);
        assertThat(values(circ)).isEqualTo(even);
        assertThat(values(tail.reversed())).isEqualTo(even.reversed());
        assertThat(values(list)).isEqualTo(even.reversed());
    }

    @Test
    void queuesAreBuiltByTurns() throws Throwable {
        call("device_init");
        for (int value = 1; value <= 10; value++) {
            MemorySegment item = item(value);
            if (value % 2 == 0) {
                add(item);
            } else {
                circ.insertTail(item);
                tail.insertTail(item);
                list.insertHead(item);
            }
        }
        assertWalksOfC(range(1, 10));
        assertThat(values(circ.reversed())).isEqualTo(range(10, 1));
    }

    @Test
    void listGrownInTheMiddleIsWalkedByC() throws Throwable {
        MemorySegment first = item(1);
        list.insertHead(first);
        list.insertAfter(first, item(3));
        list.insertAfter(first, item(2));

        assertThat(walk("list_walk")).isEqualTo(range(1, 3));
        assertThat(walk("list_walk_back")).isEqualTo(range(3, 1));
    }

    private void assertWalksOfC(List<Integer> values) throws Throwable {
        assertThat(walk("circ_walk")).isEqualTo(values);
        assertThat(walk("circ_walk_back")).isEqualTo(values.reversed());
        assertThat(walk("tail_walk")).isEqualTo(values);
        assertThat(walk("tail_walk_back")).isEqualTo(values.reversed());
        assertThat(walk("list_walk")).isEqualTo(values.reversed());
        assertThat(walk("list_walk_back")).isEqualTo(values);
    }

    private void call(String function) throws Throwable {
        library.function(function, FunctionDescriptor.ofVoid(ADDRESS)).invokeExact(device);
    }

    private void add(MemorySegment item) throws Throwable {
        library.function("device_add", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS))
                .invokeExact(device, item);
    }

    private List<Integer> walk(String function) throws Throwable {
        MemorySegment values = arena.allocate(JAVA_INT, 200);
        int count =
                (int)
                        library.function(
                                        function, FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS))
                                .invokeExact(device, values);
        return Arrays.stream(values.toArray(JAVA_INT)).limit(count).boxed().toList();
    }

    private MemorySegment item(int value) {
        MemorySegment item = arena.allocate(ITEM);
        item.set(JAVA_INT, VALUE, value);
        return item;
    }

    private MemorySegment slice(String member) {
        return device.asSlice(DEVICE.byteOffset(groupElement(member)), head(member));
    }

    private static MemoryLayout head(String member) {
        return DEVICE.select(groupElement(member));
    }

    private static int value(MemorySegment item) {
        return item.get(JAVA_INT, VALUE);
    }

    private static List<Integer> values(Iterable<MemorySegment> queue) {
        return StreamSupport.stream(queue.spliterator(), false)
                .map(RawQueueInCTest::value)
                .toList();
    }

    private static List<Integer> range(int from, int to) {
        List<Integer> values =
                new ArrayList<>(
                        IntStream.rangeClosed(Math.min(from, to), Math.max(from, to))
                                .boxed()
                                .toList());
        return from <= to ? values : values.reversed();
    }
}
