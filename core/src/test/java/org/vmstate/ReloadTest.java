// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.vmstate.VMStateFields.gtreeDirect;
import static org.vmstate.VMStateFields.qlist;
import static org.vmstate.VMStateFields.qtailq;
import static org.vmstate.VMStateFields.struct;
import static org.vmstate.VMStateFields.uint32;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandles;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.queue.ListQueue;
import org.vmstate.queue.RawTailQueue;
import org.vmstate.queue.TailQueue;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// A state in use that is loaded by `reload` has the elements of the body and no others.
final class ReloadTest {
    /// An element.
    static final class Item {
        int a;
        final TailQueue.Link<Item> next = new TailQueue.Link<>();
        final ListQueue.Link<Item> listed = new ListQueue.Link<>();

        static final VMStateDescription<Item> VMSTATE =
                VMStateDescription.builder("item", Item.class, MethodHandles.lookup())
                        .fields(uint32("a"))
                        .build();

        static Item of(int a) {
            Item item = new Item();
            item.a = a;
            return item;
        }
    }

    /// Two elements of every kind of collection.
    static class Collections {
        final TailQueue<Item> queue = new TailQueue<>(item -> item.next);
        final ListQueue<Item> list = new ListQueue<>(item -> item.listed);
        final Deque<Item> deque = new ArrayDeque<>();
        final TreeMap<Long, Item> tree = new TreeMap<>();

        Collections() {
            for (int i = 0; i < 2; i++) {
                queue.insertTail(Item.of(i));
                list.insertHead(Item.of(i));
                deque.add(Item.of(i));
                tree.put((long) i, Item.of(i));
            }
        }
    }

    /// Collections in a nested structure.
    static final class Outer {
        final Collections inner = new Collections();
    }

    static Stream<VMStateField<Object>> kinds() {
        return Stream.of(
                qtailq("queue", 1, Item.VMSTATE, Item::new),
                qlist("list", 1, Item.VMSTATE, Item::new),
                qtailq("deque", 1, Item.VMSTATE, Item::new),
                gtreeDirect("tree", 1, Item.VMSTATE, Item::new));
    }

    private static VMStateDescription<Collections> description(
            String name, VMStateField<Object> field) {
        return VMStateDescription.builder(name, Collections.class, MethodHandles.lookup())
                .fields(field)
                .build();
    }

    private static <T> void reloads(VMStateDescription<T> description, T state) throws IOException {
        byte[] body = saved(description, state);
        description.reload(WireReader.of(body), state, 1);
        assertThat(saved(description, state)).isEqualTo(body);
    }

    private static <T> byte[] saved(VMStateDescription<T> description, T state) throws IOException {
        WireWriter out = WireWriter.toMemory();
        description.save(out, state);
        return out.toByteArray();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void collectionIsEmptied(VMStateField<Object> kind) throws IOException {
        reloads(description("device", kind), new Collections());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void collectionInAStructureIsEmptied(VMStateField<Object> kind) throws IOException {
        reloads(
                VMStateDescription.builder("outer", Outer.class, MethodHandles.lookup())
                        .fields(struct("inner", description("device", kind)))
                        .build(),
                new Outer());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void collectionInASubsectionIsEmptied(VMStateField<Object> kind) throws IOException {
        reloads(
                VMStateDescription.builder("device", Collections.class, MethodHandles.lookup())
                        .subsections(description("device/more", kind))
                        .build(),
                new Collections());
    }

    @Test
    void queueInMemoryIsEmptied() throws IOException {
        StructLayout pointers = structLayout(ADDRESS, ADDRESS);
        StructLayout item =
                structLayout(JAVA_INT.withName("a"), paddingLayout(4), pointers.withName("next"));
        StructLayout device = structLayout(pointers.withName("queue"));
        try (Arena arena = Arena.ofConfined()) {
            VMStateDescription<MemorySegment> description =
                    VMStateDescription.builder("device", device)
                            .fields(
                                    qtailq(
                                                    "queue",
                                                    1,
                                                    VMStateDescription.builder("item", item)
                                                            .fields(uint32("a"))
                                                            .build(),
                                                    () -> arena.allocate(item))
                                            .link("next"))
                            .build();
            MemorySegment state = arena.allocate(device);
            RawTailQueue queue =
                    RawTailQueue.Offsets.of(pointers, item, PathElement.groupElement("next"))
                            .at(state);
            queue.init();
            queue.insertTail(arena.allocate(item));
            queue.insertTail(arena.allocate(item));
            reloads(description, state);
        }
    }
}
