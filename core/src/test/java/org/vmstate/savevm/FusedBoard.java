// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import static org.vmstate.VMStateFields.bool;
import static org.vmstate.VMStateFields.custom;
import static org.vmstate.VMStateFields.qlist;
import static org.vmstate.VMStateFields.qtailq;
import static org.vmstate.VMStateFields.struct;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint64;
import static org.vmstate.VMStateFields.validate;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateField;
import org.vmstate.VMStateInfo;
import org.vmstate.queue.ListQueue;
import org.vmstate.queue.TailQueue;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.RamBlock;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// A machine with every kind of device and hook, in which each call of the emulator's code passes a
/// [Fuse].
final class FusedBoard implements MachineControl {
    private static final long RAM_BYTES = 1 << 14;

    final Fuse fuse = new Fuse();
    private final VMStateDescription<Device> description = Device.describe(fuse);
    final Device first = new Device(fuse);
    final Device second = new Device(fuse);
    private final Blob blob = new Blob(fuse);
    private final Steps steps = new Steps(fuse);
    private final FusedMemory memory = new FusedMemory(fuse);
    private Clock clock = new Clock(1);
    final Machine machine;

    /// The calls that stopped and resumed the machine, without those that threw.
    final List<String> control = new ArrayList<>();

    /// Creates the machine.
    ///
    /// @param inPlace whether it has memory and an iterative device, which cannot be put back
    FusedBoard(boolean inPlace) {
        Machine.Builder builder = Machine.builder("fused").control(this);
        if (inPlace) {
            builder.ram(memory).iterative("steps", steps);
        }
        machine =
                builder.device("device", description, first)
                        .device("device", description, second, o -> o.reset(second::reset))
                        .memento("clock", Clock.VMSTATE, this::capture, this::giveBack)
                        .opaque("blob", blob, o -> o.reset(() -> fuse.burnUnchecked("reset")))
                        .build();
    }

    /// Fills the devices with values that depend on a number.
    FusedBoard fill(int seed) throws IOException {
        first.fill(seed);
        second.fill(seed + 1);
        clock = new Clock(seed);
        blob.bytes = new byte[] {(byte) seed, 1};
        steps.bytes = new byte[] {(byte) seed, 2, 3};
        memory.delegate.write(memory.block(), 4096L * (seed % 4), new byte[] {(byte) seed}, 0, 1);
        return this;
    }

    /// The state of the devices that are saved whole.
    String devices() {
        return String.join(
                "\n", first.text(), second.text(), clock + "", Arrays.toString(blob.bytes));
    }

    /// The state of the memory and of the iterative device.
    String inPlace() throws IOException {
        byte[] bytes = new byte[(int) RAM_BYTES];
        memory.delegate.read(memory.block(), 0, bytes, 0, bytes.length);
        return Arrays.toString(steps.bytes) + Arrays.hashCode(bytes);
    }

    private Clock capture() {
        fuse.burnUnchecked("capture");
        return clock;
    }

    private void giveBack(Clock loaded) {
        fuse.burnUnchecked("give back");
        clock = loaded;
    }

    @Override
    public boolean running() {
        fuse.burnUnchecked("running");
        return true;
    }

    @Override
    public void stop() {
        fuse.burnUnchecked("stop");
        control.add("stop");
    }

    @Override
    public void resume() {
        control.add("resume");
        fuse.burnUnchecked("resume");
    }

    @Override
    public void flushDisks() {
        fuse.burnUnchecked("flush");
    }

    /// A state that is captured and restored.
    record Clock(long ticks) {
        static final VMStateDescription<Clock> VMSTATE =
                VMStateDescription.builder("clock", Clock.class, MethodHandles.lookup())
                        .fields(uint64("ticks"))
                        .build();
    }

    /// An element of a queue or list, or the target of a pointer.
    static final class Item {
        private final transient Fuse fuse;
        private int value;
        private final TailQueue.Link<Item> queue = new TailQueue.Link<>();
        private final ListQueue.Link<Item> list = new ListQueue.Link<>();

        Item(Fuse fuse, int value) {
            this.fuse = fuse;
            this.value = value;
        }

        private int value() {
            return value;
        }

        private void value(long loaded) {
            value = (int) loaded;
            fuse.burnUnchecked("element");
        }

        static final VMStateDescription<Item> VMSTATE =
                VMStateDescription.builder("item", Item.class, MethodHandles.lookup())
                        .fields(uint32("value").number(Item::value, Item::value))
                        .build();

        @Override
        public String toString() {
            return Integer.toString(value);
        }
    }

    /// A text of which the length is sent.
    private static final class Text implements VMStateInfo<Label> {
        @Override
        public String name() {
            return "text";
        }

        @Override
        public Label load(WireReader reader, @Nullable Label current, VMStateField<?> field)
                throws IOException {
            String text = reader.str8();
            if (current == null) {
                return new Label(new Fuse(), text);
            }
            current.text = text;
            current.fuse.burn("info load");
            return current;
        }

        @Override
        public void save(
                WireWriter writer,
                @Nullable Label value,
                VMStateField<?> field,
                @Nullable VmDescWriter vmdesc)
                throws IOException {
            Label label = Objects.requireNonNull(value);
            label.fuse.burn("info save");
            writer.str8(label.text);
        }
    }

    private static final class Label {
        private final Fuse fuse;
        private String text;

        Label(Fuse fuse, String text) {
            this.fuse = fuse;
            this.text = text;
        }
    }

    /// A device with every kind of field and hook.
    static final class Device {
        private final transient Fuse fuse;
        private int mode;
        private boolean wide;
        private int extra;
        private int late;
        private final Label label;
        private final TailQueue<Item> requests = new TailQueue<>(item -> item.queue);
        private final ListQueue<Item> waiting = new ListQueue<>(item -> item.list);
        private Item target;
        private final Part part;

        Device(Fuse fuse) {
            this.fuse = fuse;
            this.label = new Label(fuse, "");
            this.target = new Item(fuse, 0);
            this.part = new Part(fuse);
        }

        /// A structure with hooks of its own.
        static final class Part {
            private final transient Fuse fuse;
            private int value;

            Part(Fuse fuse) {
                this.fuse = fuse;
            }

            static final VMStateDescription<Part> VMSTATE =
                    VMStateDescription.builder("part", Part.class, MethodHandles.lookup())
                            .preSave(part -> part.fuse.burn("part pre-save"))
                            .postSave(part -> part.fuse.burn("part post-save"))
                            .preLoad(part -> part.fuse.burn("part pre-load"))
                            .fields(uint32("value"))
                            .postLoad((part, _) -> part.fuse.burn("part post-load"))
                            .build();
        }

        private static final VMStateDescription<Device> LATE =
                VMStateDescription.builder("device/late", Device.class, MethodHandles.lookup())
                        .needed(
                                device -> {
                                    device.fuse.burnUnchecked("subsection needed");
                                    return device.late != 0;
                                })
                        .preSave(device -> device.fuse.burn("subsection pre-save"))
                        .postSave(device -> device.fuse.burn("subsection post-save"))
                        .preLoad(device -> device.fuse.burn("subsection pre-load"))
                        .fields(uint32("late"))
                        .postLoad((device, _) -> device.fuse.burn("subsection post-load"))
                        .build();

        static VMStateDescription<Device> describe(Fuse fuse) {
            return VMStateDescription.builder("device", Device.class, MethodHandles.lookup())
                    .needed(
                            device -> {
                                device.fuse.burnUnchecked("needed");
                                return true;
                            })
                    .preSave(device -> device.fuse.burn("pre-save"))
                    .postSave(device -> device.fuse.burn("post-save"))
                    .preLoad(
                            device -> {
                                device.fuse.burn("pre-load");
                                device.late = 0;
                                device.extra = 0;
                            })
                    .fields(
                            uint32("mode"),
                            bool("wide"),
                            uint32("extra")
                                    .existsIf(
                                            (Device device, int _) -> {
                                                device.fuse.burnUnchecked("exists");
                                                return device.wide;
                                            }),
                            custom("label", new Text()),
                            qtailq("requests", 1, Item.VMSTATE, () -> new Item(fuse, 0)),
                            qlist("waiting", 1, Item.VMSTATE, () -> new Item(fuse, 0)),
                            struct("target", Item.VMSTATE).allocate(() -> new Item(fuse, 0)),
                            struct("part", Part.VMSTATE),
                            validate(
                                    "mode_in_range",
                                    (Device device, int _) -> {
                                        device.fuse.burnUnchecked("validate");
                                        return device.mode >= 0;
                                    }))
                    .subsections(LATE)
                    .postLoad((device, _) -> device.fuse.burn("post-load"))
                    .build();
        }

        void reset() {
            mode = 0;
            requests.clear();
            fuse.burnUnchecked("reset");
            waiting.clear();
        }

        /// An even number needs the subsection, an odd one has the field with a test.
        void fill(int seed) {
            mode = seed;
            wide = seed % 2 == 1;
            extra = wide ? seed : 0;
            late = wide ? 0 : seed;
            label.text = "label " + seed;
            requests.clear();
            waiting.clear();
            for (int i = 0; i < 2 + seed % 3; i++) {
                requests.insertTail(new Item(fuse, 10 * seed + i));
                waiting.insertHead(new Item(fuse, 20 * seed + i));
            }
            target = new Item(fuse, seed);
            part.value = seed;
        }

        String text() {
            List<Item> forward = new ArrayList<>();
            requests.forEach(forward::add);
            List<Item> backward = new ArrayList<>();
            requests.reversed().forEach(backward::addFirst);
            if (!forward.equals(backward) || forward.size() != requests.size()) {
                throw new AssertionError("a queue that is half built");
            }
            List<Item> list = new ArrayList<>();
            waiting.forEach(list::add);
            return "%d %s %d %d %s %s %s %s %d"
                    .formatted(
                            mode, wide, extra, late, label.text, forward, list, target, part.value);
        }
    }

    /// A device that its own code saves whole.
    static final class Blob implements OpaqueDevice {
        private final Fuse fuse;
        private byte[] bytes = {};

        Blob(Fuse fuse) {
            this.fuse = fuse;
        }

        @Override
        public int versionId() {
            return 1;
        }

        @Override
        public byte[] save() throws IOException {
            fuse.burn("opaque save");
            return bytes.clone();
        }

        @Override
        public void verify(byte[] body, int versionId) throws IOException {
            fuse.burn("opaque verify");
        }

        @Override
        public void load(byte[] body, int versionId) throws IOException {
            bytes = new byte[] {99};
            fuse.burn("opaque load");
            bytes = body.clone();
        }
    }

    /// A device that is sent in pieces.
    static final class Steps implements IterativeDevice {
        private final Fuse fuse;
        private byte[] bytes = {};
        private int next;

        Steps(Fuse fuse) {
            this.fuse = fuse;
        }

        @Override
        public int versionId() {
            return 1;
        }

        @Override
        public boolean active() {
            fuse.burnUnchecked("active");
            return true;
        }

        @Override
        public void setup(WireWriter out) throws IOException {
            next = 0;
            fuse.burn("setup");
            out.u8(0);
        }

        @Override
        public long pending() throws IOException {
            fuse.burn("pending");
            return (long) bytes.length - next;
        }

        @Override
        public void iterate(WireWriter out, long maxBytes) throws IOException {
            fuse.burn("iterate");
            out.u8(bytes[next++]);
        }

        @Override
        public void complete(WireWriter out) throws IOException {
            fuse.burn("complete");
            out.u8(0);
        }

        @Override
        public void cleanup() {
            fuse.burnUnchecked("cleanup");
        }

        @Override
        public void verify(WireReader in, int versionId) throws IOException {
            fuse.burn("verify");
            in.u8();
        }

        @Override
        public void beforeLoad() {
            next = -1;
            bytes = new byte[3];
            fuse.burnUnchecked("before load");
        }

        @Override
        public void load(WireReader in, int versionId) throws IOException {
            fuse.burn("load");
            byte value = (byte) in.u8();
            if (next >= 0 && next < bytes.length) {
                bytes[next] = value;
            }
            next++;
        }
    }

    /// Memory without segments.
    static final class FusedMemory implements GuestMemory {
        private final Fuse fuse;
        private final GuestMemory delegate =
                GuestMemory.allocate(Arena.ofAuto(), Map.of("ram", RAM_BYTES));

        FusedMemory(Fuse fuse) {
            this.fuse = fuse;
        }

        RamBlock block() {
            return delegate.blocks().iterator().next();
        }

        @Override
        public Collection<RamBlock> blocks() {
            return delegate.blocks();
        }

        @Override
        public void read(RamBlock block, long offset, byte[] target, int at, int count)
                throws IOException {
            fuse.burn("read");
            delegate.read(block, offset, target, at, count);
        }

        @Override
        public void write(RamBlock block, long offset, byte[] source, int at, int count)
                throws IOException {
            fuse.burn("write");
            delegate.write(block, offset, source, at, count);
        }

        @Override
        public void zero(RamBlock block, long offset, long count) throws IOException {
            fuse.burn("zero");
            delegate.zero(block, offset, count);
        }

        @Override
        public boolean isZero(RamBlock block, long offset, long count) throws IOException {
            fuse.burn("is zero");
            return delegate.isZero(block, offset, count);
        }
    }
}
