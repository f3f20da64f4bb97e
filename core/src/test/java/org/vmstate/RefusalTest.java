// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.vmstate.VMStateFields.*;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The exceptions of a save or load that fails because of a state, a caller or the stream.
final class RefusalTest {
    @SuppressWarnings("UnusedVariable") // read by the descriptions
    static final class Item {
        int v = 1;
        @Nullable Device device;

        static VMStateDescriptionBuilder<Item> builder() {
            return VMStateDescription.builder("item", Item.class, MethodHandles.lookup())
                    .fields(uint8("v"));
        }
    }

    @SuppressWarnings("UnusedVariable") // read by the descriptions
    static final class Device {
        int x = 1;
        Item item = new Item();
        final List<Item> queue = new ArrayList<>();
        SortedMap<Long, Item> tree = new TreeMap<>();
        byte[] many = new byte[1 << 17];
        final List<String> calls = new ArrayList<>();
    }

    record Point(int x) {}

    private static VMStateDescriptionBuilder<Device> builder() {
        return VMStateDescription.builder("device", Device.class, MethodHandles.lookup());
    }

    private static void save(VMStateDescription<Device> description, Device device)
            throws IOException {
        description.save(WireWriter.toMemory(), device);
    }

    @Test
    void whatCannotBeMigratedIsNamedOnce() {
        assertThatThrownBy(() -> save(builder().unmigratable().build(), new Device()))
                .isInstanceOf(RefusedException.class)
                .hasMessage("device: 'device' cannot be migrated");
        VMStateDescription<Device> outer =
                builder().fields(struct("item", Item.builder().unmigratable().build())).build();
        assertThatThrownBy(() -> save(outer, new Device()))
                .hasMessage("device > item: 'item' cannot be migrated");
    }

    /// Reads a byte, and throws at the second one.
    private static final class Second implements VMStateInfo<Object> {
        @Override
        public String name() {
            return "second";
        }

        @Override
        public Object load(WireReader reader, @Nullable Object current, VMStateField<?> field)
                throws IOException {
            if (reader.u8() == 2) {
                throw new IllegalStateException("two");
            }
            return "";
        }

        @Override
        public void save(
                WireWriter writer,
                @Nullable Object value,
                VMStateField<?> field,
                @Nullable VmDescWriter vmdesc) {}
    }

    @Test
    void verifyingNamesTheElementAtWhichACustomKindFails() {
        VMStateDescription<Device> description =
                builder()
                        .fields(custom("many", new Second()).array(3).object((Device d) -> d.queue))
                        .build();
        assertThatThrownBy(() -> description.verify(WireReader.of(new byte[] {1, 2, 3}), 1))
                .isInstanceOf(RefusedException.class)
                .hasMessage("device > many[1]: java.lang.IllegalStateException: two (offset 0x2)");
    }

    @Test
    void recordsThatCannotBeFilledNameTheOtherLoad() {
        VMStateDescription<Point> description =
                VMStateDescription.builder("point", Point.class, MethodHandles.lookup())
                        .fields(uint8("x"))
                        .build();
        assertThatThrownBy(() -> description.load(WireReader.of(new byte[1]), new Point(0), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "point describes records, which cannot be filled: load(reader, factory,"
                                + " versionId) returns a new one");
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes", "NullAway"}) // deliberate misuse
    void aStateThatIsNoneIsTheCallersMistake() {
        VMStateDescription raw = builder().fields(uint8("x")).build();
        WireReader reader = WireReader.of(new byte[1]);
        assertThatThrownBy(() -> raw.save(WireWriter.toMemory(), null))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> raw.load(reader, (Object) null, 1))
                .isInstanceOf(NullPointerException.class);
        String message =
                "device: java.lang.String where " + Device.class.getTypeName() + " must be";
        assertThatThrownBy(() -> raw.save(WireWriter.toMemory(), "text")).hasMessage(message);
        assertThatThrownBy(() -> raw.load(reader, "text", 1)).hasMessage(message + " (offset 0x0)");
        assertThatThrownBy(() -> raw.load(reader, () -> null, 1))
                .hasMessage("device: the factory returned null (offset 0x0)");
    }

    @Test
    void anElementThatChangesItsQueueIsRefused() {
        VMStateDescription<Item> item =
                Item.builder()
                        .preSave(
                                i -> {
                                    if (i.device != null) {
                                        i.device.queue.add(new Item());
                                    }
                                })
                        .build();
        VMStateDescription<Device> description =
                builder().fields(qtailq("queue", 1, item, Item::new)).build();
        Device device = new Device();
        device.queue.add(new Item());
        device.queue.getFirst().device = device;
        assertThatThrownBy(() -> save(description, device))
                .isInstanceOf(RefusedException.class)
                .hasMessage("device > queue[1]: java.util.ConcurrentModificationException")
                .hasCauseInstanceOf(ConcurrentModificationException.class);
    }

    @Test
    void aTreeThatHasOtherEntriesThanItSaysIsRefused() {
        Device device = new Device();
        device.tree =
                new TreeMap<>(Map.of(1L, new Item(), 2L, new Item())) {
                    private static final long serialVersionUID = 1L;

                    @Override
                    public int size() {
                        return 3;
                    }
                };
        VMStateDescription<Item> item = Item.builder().build();
        VMStateDescription<Device> description =
                builder().fields(gtreeDirect("tree", 1, item, Item::new)).build();
        assertThatThrownBy(() -> save(description, device))
                .hasMessage(
                        "device > tree: the map changed while it was saved: it had 3 entries,"
                                + " then 2");
    }

    @Test
    void theHookAfterSavingRunsAfterAFaultAndItsOwnIsSuppressed() {
        VMStateDescription<Device> description =
                builder()
                        .fields(
                                uint8("x")
                                        .number(
                                                (Device d) -> {
                                                    throw new IllegalStateException("first");
                                                },
                                                (d, v) -> {}))
                        .postSave(
                                d -> {
                                    d.calls.add("postSave");
                                    throw new IllegalStateException("second");
                                })
                        .build();
        Device device = new Device();
        RefusedException refused =
                catchThrowableOfType(RefusedException.class, () -> save(description, device));
        assertThat(refused)
                .hasMessage("device > x: java.lang.IllegalStateException: first")
                .hasCauseInstanceOf(IllegalStateException.class);
        assertThat(refused.getSuppressed()).hasSize(1);
        assertThat(refused.getSuppressed()[0]).hasMessage("second");
        assertThat(device.calls).containsExactly("postSave");
    }

    @Test
    void theHookAfterSavingDoesNotRunAfterAFaultOfTheOneBefore() {
        VMStateDescription<Device> description =
                builder()
                        .preSave(
                                d -> {
                                    throw new IllegalStateException("first");
                                })
                        .fields(uint8("x"))
                        .postSave(d -> d.calls.add("postSave"))
                        .build();
        Device device = new Device();
        assertThatThrownBy(() -> save(description, device))
                .hasMessage("device: preSave threw java.lang.IllegalStateException: first");
        assertThat(device.calls).isEmpty();
    }

    @Test
    void errorsPassUnchanged() {
        AssertionError error = new AssertionError("an error");
        VMStateDescription<Item> item =
                Item.builder()
                        .preSave(
                                i -> {
                                    throw error;
                                })
                        .build();
        VMStateDescription<Device> description = builder().fields(struct("item", item)).build();
        assertThatThrownBy(() -> save(description, new Device())).isSameAs(error);
    }

    /// A kind of element that throws the exceptions of a stream.
    private record Failing(IOException failure) implements VMStateInfo<Item> {
        @Override
        public String name() {
            return "failing";
        }

        @Override
        public Item load(WireReader reader, @Nullable Item current, VMStateField<?> field)
                throws IOException {
            throw failure;
        }

        @Override
        public void save(
                WireWriter writer,
                @Nullable Item value,
                VMStateField<?> field,
                @Nullable VmDescWriter vmdesc)
                throws IOException {
            throw failure;
        }
    }

    @Test
    void whatTheStreamThrowsPassesUnchanged() {
        IOException failure = new IOException("the disk is full");
        WritableByteChannel full =
                new WritableByteChannel() {
                    @Override
                    public int write(ByteBuffer bytes) throws IOException {
                        throw failure;
                    }

                    @Override
                    public boolean isOpen() {
                        return true;
                    }

                    @Override
                    public void close() {}
                };
        ReadableByteChannel broken =
                new ReadableByteChannel() {
                    @Override
                    public int read(ByteBuffer bytes) throws IOException {
                        throw failure;
                    }

                    @Override
                    public boolean isOpen() {
                        return true;
                    }

                    @Override
                    public void close() {}
                };
        VMStateDescription<Device> description =
                builder()
                        .fields(buffer("many", 1 << 17), struct("item", Item.builder().build()))
                        .build();
        assertThatThrownBy(() -> description.save(WireWriter.to(full), new Device()))
                .isSameAs(failure);
        WireReader reader = WireReader.of(broken, ReadLimits.DEFAULT);
        assertThatThrownBy(() -> description.load(reader, new Device(), 1)).isSameAs(failure);
        VMStateDescription<Device> custom =
                builder().fields(custom("item", new Failing(failure))).build();
        assertThatThrownBy(() -> save(custom, new Device())).isSameAs(failure);
    }

    /// A declared exception keeps its class; loading adds the offset if it is missing.
    @Test
    void aDeclaredExceptionWithoutOffsetGetsThatOfItsPlace() {
        VMStateDescription<Device> description =
                builder()
                        .fields(
                                uint8("x"),
                                custom("item", new Failing(new RefusedException("not today"))))
                        .build();
        assertThatThrownBy(() -> description.load(WireReader.of(new byte[4]), new Device(), 1))
                .isInstanceOf(RefusedException.class)
                .hasMessage("device > item: not today (offset 0x1)");
        VMStateDescription<Device> other =
                builder()
                        .fields(
                                custom(
                                        "item",
                                        new Failing(new UnsupportedException("not here", 7))))
                        .build();
        assertThatThrownBy(() -> other.load(WireReader.of(new byte[4]), new Device(), 1))
                .isInstanceOf(UnsupportedException.class)
                .hasMessage("device > item: not here (offset 0x7)");
    }

    @Test
    void whatAKindOfElementThrowsWhileItIsWalkedOverIsRefused() {
        VMStateInfo<Item> info =
                new VMStateInfo<>() {
                    @Override
                    public String name() {
                        return "throwing";
                    }

                    @Override
                    public Item load(
                            WireReader reader, @Nullable Item current, VMStateField<?> field) {
                        throw new IllegalArgumentException("no");
                    }

                    @Override
                    public void save(
                            WireWriter writer,
                            @Nullable Item value,
                            VMStateField<?> field,
                            @Nullable VmDescWriter vmdesc) {}
                };
        VMStateDescription<Device> description =
                builder().fields(uint8("x"), custom("item", info)).build();
        assertThatThrownBy(() -> description.verify(WireReader.of(new byte[4]), 1))
                .isInstanceOf(RefusedException.class)
                .hasMessage("device > item: java.lang.IllegalArgumentException: no (offset 0x1)");
    }
}
