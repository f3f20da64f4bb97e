// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.*;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Usual kinds of states: private fields, records, collections, accessors.
final class StateKindsTest {
    /// An element that is a record.
    @SuppressWarnings("ArrayRecordComponent") // buffers are arrays
    record Point(int x, byte[] label, Size size) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Point p && p.x == x && p.size.equals(size);
        }

        @Override
        public int hashCode() {
            return x;
        }
    }

    record Size(short width, boolean wide, double ratio) {
        Size {
            if (width < 0) {
                throw new IllegalArgumentException("negative width");
            }
        }
    }

    private static final VMStateDescription<Size> SIZE =
            VMStateDescription.builder("size", Size.class, MethodHandles.lookup())
                    .fields(uint16("width"), bool("wide"), float64("ratio"))
                    .build();

    private static final VMStateDescription<Point> POINT =
            VMStateDescription.builder("point", Point.class, MethodHandles.lookup())
                    .fields(int32("x"), buffer("label", 2).allocate(), struct("size", SIZE))
                    .build();

    @SuppressWarnings("UnusedVariable") // read by the description
    static class Base {
        private int inherited = 7;

        static final VMStateDescription<Base> VMSTATE =
                VMStateDescription.builder("base", Base.class, MethodHandles.lookup())
                        .fields(uint32("inherited"))
                        .build();
    }

    static final class Pointers {
        @Nullable Base[] bases = {};
    }

    static final class Device extends Base {
        final Deque<Point> deque = new ArrayDeque<>();
        final List<Point> list = new ArrayList<>();
        final SortedMap<Size, Point> map =
                new TreeMap<>((a, b) -> Integer.compare(a.width(), b.width()));
        final BitSet bits = new BitSet();
        List<Point> points = new ArrayList<>();
        @Nullable Point[] pointers = {};
        int count;
        private int hidden;

        int hidden() {
            return hidden;
        }

        void hide(int value) {
            hidden = value;
        }
    }

    private static final VMStateDescription<Device> DEVICE =
            VMStateDescription.builder("device", Device.class, MethodHandles.lookup())
                    .fields(
                            uint32("inherited"),
                            qtailq("deque", 1, POINT),
                            qlist("list", 1, POINT),
                            gtree("map", 1, SIZE, POINT),
                            bitmap("bits").length((Device d) -> 70),
                            uint8("count"),
                            struct("points", POINT).varray("count").allocate(),
                            struct("pointers", POINT).array(2).pointers().allocate(),
                            uint32("hidden")
                                    .number(Device::hidden, (Device d, long v) -> d.hide((int) v)))
                    .build();

    private static Point point(int x) {
        return new Point(x, new byte[] {1, 2}, new Size((short) x, true, 0.5));
    }

    private static Device filled() {
        Device device = new Device();
        device.deque.add(point(1));
        device.deque.add(point(2));
        device.list.add(point(3));
        device.map.put(new Size((short) 9, false, 1), point(4));
        device.map.put(new Size((short) 8, false, 2), point(5));
        device.bits.set(69);
        device.points.add(point(6));
        device.count = 1;
        device.pointers = new Point[] {null, point(7)};
        device.hide(-1);
        return device;
    }

    @Test
    void recordsCollectionsAndAccessorsTravel() throws IOException {
        byte[] bytes = save(DEVICE, filled());
        Device loaded = DEVICE.load(WireReader.of(bytes), Device::new, 1);
        assertThat(loaded.deque).containsExactly(point(1), point(2));
        assertThat(loaded.list).containsExactly(point(3));
        assertThat(loaded.map.values()).containsExactly(point(5), point(4));
        assertThat(loaded.bits.stream()).containsExactly(69);
        assertThat(loaded.points).containsExactly(point(6));
        assertThat(loaded.pointers).containsExactly(null, point(7));
        assertThat(loaded.hidden()).isEqualTo(-1);
        assertThat(save(DEVICE, loaded)).isEqualTo(bytes);
    }

    @Test
    void aRecordIsLoadedByItself() throws IOException {
        byte[] bytes = save(SIZE, new Size((short) 3, true, 2.5));
        assertThat(HexFormat.of().formatHex(bytes)).isEqualTo("0003014004000000000000");
        assertThat(SIZE.load(WireReader.of(bytes), () -> null, 1))
                .isEqualTo(new Size((short) 3, true, 2.5));
        assertThatThrownBy(() -> SIZE.load(WireReader.of(bytes), point(1).size(), 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void describesMarkersAsQemu111Does() throws IOException {
        VmDescWriter vmdesc = new VmDescWriter().startObject();
        VMStateDescription<Device> description =
                VMStateDescription.builder("marked", Device.class, MethodHandles.lookup())
                        .fields(struct("pointers", POINT).array(2).pointers().allocate())
                        .build();
        WireWriter writer = WireWriter.toMemory();
        description.save(writer, filled(), vmdesc);
        assertThat(HexFormat.of().formatHex(writer.toByteArray()))
                .isEqualTo("30" + "31" + "00000007" + "0102" + "0007" + "01" + "3fe0000000000000");
        assertThat(vmdesc.endObject().toString())
                .startsWith(
                        "{\"vmsd_name\": \"marked\", \"version\": 1, \"fields\": ["
                                + "{\"name\": \"pointers\", \"type\": \"ptr-marker\", \"size\": 1}, "
                                + "{\"name\": \"pointers\", \"type\": \"ptr-marker\", \"size\": 1}, "
                                + "{\"name\": \"pointers\", \"type\": \"struct\", \"struct\": ");
        byte[] bytes = writer.toByteArray();
        bytes[0] = 0x32;
        assertThatThrownBy(() -> description.load(WireReader.of(bytes), new Device(), 1))
                .isInstanceOf(CorruptException.class)
                .hasMessage(
                        "marked > pointers[0]: byte 0x32 where a null element is marked by 0x30"
                                + " (offset 0x0)");
    }

    @Test
    void markedPointersToObjectsAreMadeByLoading() throws IOException {
        VMStateDescription<Pointers> description =
                VMStateDescription.builder("marked", Pointers.class, MethodHandles.lookup())
                        .fields(
                                struct("bases", Base.VMSTATE)
                                        .array(3)
                                        .pointers()
                                        .allocate(Base::new))
                        .build();
        byte[] bytes = HexFormat.of().parseHex("31" + "00000005" + "30" + "31" + "00000006");
        byte[] followed = Arrays.copyOf(bytes, bytes.length + 1);
        Pointers loaded = description.load(WireReader.of(followed), Pointers::new, 1);
        assertThat(loaded.bases[1]).isNull();
        assertThat(loaded.bases[2].inherited).isEqualTo(6);
        assertThat(save(description, loaded)).isEqualTo(bytes);
        assertThat(description.verify(WireReader.of(followed), 1)).isEqualTo(bytes.length);
    }

    @Test
    void whatARecordsConstructorRefusesIsRefused() {
        byte[] bytes = HexFormat.of().parseHex("8003014004000000000000");
        assertThatThrownBy(() -> SIZE.load(WireReader.of(bytes), () -> null, 1))
                .isInstanceOf(RefusedException.class)
                .hasMessage(
                        "size: the constructor threw java.lang.IllegalArgumentException: negative"
                                + " width (offset 0xb)");
    }

    @Test
    void anErrorNamesTheWayToItsPlace() throws IOException {
        byte[] bytes = save(DEVICE, filled());
        assertThatThrownBy(
                        () ->
                                DEVICE.load(
                                        WireReader.of(Arrays.copyOf(bytes, 0x20)), Device::new, 1))
                .isInstanceOf(TruncatedException.class)
                .hasMessage(
                        "device > deque[1] > size > ratio: the input ends inside a value of 8"
                                + " bytes (offset 0x20)");
    }

    @Test
    void anElementThatFailsIsNotInTheQueue() throws IOException {
        byte[] bytes = save(DEVICE, filled());
        Device device = new Device();
        assertThatThrownBy(() -> DEVICE.load(WireReader.of(Arrays.copyOf(bytes, 0x20)), device, 1));
        assertThat(device.deque).containsExactly(point(1));
    }

    @Test
    void aNumberThatDoesNotFitIsRefused() {
        Device device = filled();
        device.count = 256;
        assertThatThrownBy(() -> save(DEVICE, device))
                .isInstanceOf(RefusedException.class)
                .hasMessage("device > count: 256 does not fit uint8");
    }

    @Test
    void anArrayTooShortForItsCountIsRefused() {
        Device device = filled();
        device.count = 2;
        assertThatThrownBy(() -> save(DEVICE, device))
                .isInstanceOf(RefusedException.class)
                .hasMessage("device > points: 2 elements are to be saved, there are 1");
    }

    private static <T> byte[] save(VMStateDescription<T> description, T state) throws IOException {
        WireWriter writer = WireWriter.toMemory();
        description.save(writer, state);
        return writer.toByteArray();
    }
}
