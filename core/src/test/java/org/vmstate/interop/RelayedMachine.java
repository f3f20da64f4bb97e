// SPDX-License-Identifier: Apache-2.0
package org.vmstate.interop;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.migration.PagesOnDemand;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.PresentPages;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamContext;
import org.vmstate.savevm.Machine;
import org.vmstate.savevm.MachineControl;
import org.vmstate.savevm.OpaqueDevice;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.ExpectedSection;
import org.vmstate.stream.Section;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamReader;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// A machine with the devices and the memory of a QEMU, whose devices are kept as bytes: what was
/// received from a QEMU can be sent to another one. It never executes anything.
final class RelayedMachine implements MachineControl, PagesOnDemand {
    private final Arena arena = Arena.ofShared();
    private boolean running;
    boolean allPages;
    private String type = "";
    private final SequencedMap<String, MemorySegment> blocks = new LinkedHashMap<>();
    final GuestMemory memory;
    final Machine machine;

    /// A device whose bytes are kept.
    private static final class Kept implements OpaqueDevice {
        private final int version;
        private byte[] bytes = {};

        Kept(int version) {
            this.version = version;
        }

        @Override
        public int versionId() {
            return version;
        }

        @Override
        public byte[] save() {
            return bytes;
        }

        @Override
        public void verify(byte[] body, int versionId) {}

        @Override
        public void load(byte[] body, int versionId) {
            bytes = body;
        }
    }

    /// Creates a machine like that of a saved stream.
    RelayedMachine(Path saved, boolean switchoverStart) throws IOException {
        RamContext ram = new RamContext();
        var devices = new LinkedHashMap<Section.Full, Kept>();
        long ramSection = 0;
        try (WireReader in = WireReader.open(saved, ReadLimits.DEFAULT)) {
            StreamReader stream =
                    StreamReader.of(
                            in,
                            new BuiltInHandlers(ram),
                            description ->
                                    description == null
                                            ? java.util.List.of()
                                            : VmDescription.parse(
                                                            description.json().memory(),
                                                            description.json().offset(),
                                                            ReadLimits.DEFAULT)
                                                    .devices()
                                                    .stream()
                                                    .map(
                                                            d ->
                                                                    new ExpectedSection(
                                                                            d.name(),
                                                                            d.instanceId(),
                                                                            d.bodySize()))
                                                    .toList());
            for (StreamElement e = stream.next(); e != null; e = stream.next()) {
                switch (e) {
                    case Configuration configuration -> type = configuration.machineType();
                    case Section.Start start -> ramSection = start.sectionId();
                    case Section.Full full ->
                            devices.put(full, new Kept((int) full.identity().versionId()));
                    default -> {}
                }
            }
            for (RamBlock block : ram.blocks()) {
                blocks.put(block.name(), arena.allocate(block.length(), 4096));
            }
            memory = GuestMemory.of(blocks).withDirtyPages();
            Machine.Builder builder = Machine.builder(type).control(this);
            if (switchoverStart) {
                builder.sendSwitchoverStart();
            }
            long ramId = ramSection;
            builder.ram(memory, options -> options.sectionId(ramId));
            devices.forEach(
                    (section, device) ->
                            builder.opaque(
                                    section.identity().idString(),
                                    device,
                                    options ->
                                            options.instanceId(section.identity().instanceId())
                                                    .sectionId(section.sectionId())));
            machine = builder.build();
        }
    }

    @Override
    public void begin(PresentPages pages) {}

    @Override
    public void end() {
        allPages = true;
    }

    @Override
    public boolean running() {
        return running;
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public void resume() {
        running = true;
    }
}
