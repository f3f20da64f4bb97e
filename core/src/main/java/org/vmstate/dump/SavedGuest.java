// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.container.StreamFile;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.ram.MultifdChannels;
import org.vmstate.ram.PageSize;
import org.vmstate.ram.RamContext;
import org.vmstate.ram.RamCoverage;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;
import org.vmstate.ram.VirtioMem;
import org.vmstate.state.Finding;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.Expectations;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.Progress;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// A suspended guest, loaded from a stream: its memory, its CPUs, and where the memory lies.
///
/// ```java
/// try (SavedGuest guest = SavedGuest.open(Path.of("vm.mig"))) {
///     guest.memory().read(0x100000, bytes);
///     guest.core().writeTo(Path.of("vm.core"));
/// }
/// ```
///
/// Not safe for use by several threads. It needs free space for the guest's data in a folder for
/// temporary files and leaves nothing there, however the program ends. Closing it may be repeated;
/// its memory, its image and its core are unusable then, which is an [IllegalStateException]. It
/// closes the stream only if it opened it.
public final class SavedGuest implements AutoCloseable {
    private final AutoCloseable source;
    private final RamImage image;
    private final RamReader.Result loaded;
    private final SavedMachine machine;
    private final List<CpuState> cpus;
    private final @Nullable NoCoreException noCpus;
    private final GuestMap map;

    private SavedGuest(
            Loader loader,
            AutoCloseable source,
            RamImage image,
            RamReader.Result loaded,
            SavedMachine machine)
            throws VMStateException {
        this.source = source;
        this.image = image;
        this.loaded = loaded;
        this.machine = machine;
        List<CpuState> known = List.of();
        NoCoreException failure = null;
        try {
            known = MachineDump.cpus(machine);
        } catch (NoCoreException e) {
            failure = e;
        }
        cpus = List.copyOf(known);
        noCpus = failure;
        map = map(loader);
    }

    private GuestMap map(Loader loader) throws VMStateException {
        List<GuestMap.Plugged> plugged = new ArrayList<>();
        for (VirtioMem device : MachineDump.virtioMem(machine)) {
            plugged.add(GuestMap.Plugged.of(device));
        }
        GuestMap.Overrides overrides =
                GuestMap.Overrides.NONE.withAddresses(loader.addresses).withPlugged(plugged);
        Optional<MachineDump.PcMemory> memory = MachineDump.pcMemory(machine);
        if (loader.lowMemory != null) {
            overrides = overrides.withLowMemory(loader.lowMemory);
        } else if (memory.isPresent()) {
            overrides =
                    overrides
                            .withLowMemory(memory.get().low())
                            .withMainMemory(memory.get().low() + memory.get().high());
        }
        Optional<PcHostBridge> bridge = MachineDump.bridge(machine);
        if (bridge.isPresent()) {
            overrides = overrides.withBridge(bridge.get());
        }
        String type = machine.configuration().map(Configuration::machineType).orElse("");
        return cpus.isEmpty()
                ? GuestMap.of(type, image.blocks(), overrides)
                : GuestMap.of(type, cpus.getFirst().architecture(), image.blocks(), overrides);
    }

    /// Loads the guest in a file, whatever is around its stream. The file is closed with the guest.
    public static SavedGuest open(Path file) throws IOException {
        return loader().open(file);
    }

    /// A loader without options.
    public static Loader loader() {
        return new Loader();
    }

    /// Loads guests, with what belongs to them beside the stream. Not safe for use by several
    /// threads; it can be used again.
    public static final class Loader {
        private final List<Path> channels = new ArrayList<>();
        private final Map<String, Path> memory = new LinkedHashMap<>();
        private final Map<String, Long> addresses = new LinkedHashMap<>();
        private @Nullable Long lowMemory;
        private @Nullable Integer pageSize;
        private @Nullable VmDescription description;
        private Path scratch = Path.of(System.getProperty("java.io.tmpdir"));
        private Progress progress = Progress.NONE;

        private Loader() {}

        /// Adds a captured channel of a multifd migration; all are needed, in any order.
        public Loader channel(Path file) {
            channels.add(Objects.requireNonNull(file));
            return this;
        }

        /// Takes the memory of a block from a file of raw bytes; see [RamReader#memory].
        public Loader memory(String block, Path file) {
            memory.put(Objects.requireNonNull(block), Objects.requireNonNull(file));
            return this;
        }

        /// Places a block as a whole at a guest-physical address, whatever the machine type says.
        public Loader place(String block, long address) {
            if (address < 0) {
                throw new IllegalArgumentException("negative address " + address);
            }
            addresses.put(Objects.requireNonNull(block), address);
            return this;
        }

        /// States how much of a PC's main memory is below 4 GiB, instead of its CMOS.
        public Loader lowMemory(long bytes) {
            if (bytes < 0) {
                throw new IllegalArgumentException("negative size " + bytes);
            }
            lowMemory = bytes;
            return this;
        }

        /// States the page size, for a stream that does not.
        ///
        /// @throws IllegalArgumentException if no target has such pages
        public Loader pageSize(int bytes) {
            pageSize = new PageSize(bytes, PageSize.Source.CALLER).bytes();
            return this;
        }

        /// Takes a description of the devices in place of the stream's own.
        public Loader description(VmDescription other) {
            description = Objects.requireNonNull(other);
            return this;
        }

        /// Sets the folder for temporary files; without this, that of the Java property
        /// `java.io.tmpdir`.
        public Loader scratch(Path folder) {
            scratch = Objects.requireNonNull(folder);
            return this;
        }

        /// Has `listener` called while the memory is read, then while the devices are.
        public Loader progress(Progress listener) {
            progress = Objects.requireNonNull(listener);
            return this;
        }

        /// Loads the guest in a file, whatever is around its stream. The file is closed with the
        /// guest.
        ///
        /// @throws org.vmstate.ram.BlockMismatchException if what was said of blocks does not fit
        public SavedGuest open(Path file) throws IOException {
            StreamFile opened = StreamFile.open(file, StreamFile.Options.DEFAULT);
            try {
                if (opened.cprState().isPresent()) {
                    throw new UnsupportedException(
                            opened.cprState().get()
                                    + "; a migration's other channel has the stream, the memory stays in the descriptors",
                            0);
                }
                return load(opened.reader(), opened);
            } catch (IOException | RuntimeException | Error e) {
                try {
                    opened.close();
                } catch (IOException second) {
                    e.addSuppressed(second);
                }
                throw e;
            }
        }

        /// Loads the guest of a stream at whose first byte `in` stands. The caller closes `in`,
        /// which must be open as long as the guest is.
        ///
        /// @throws org.vmstate.ram.BlockMismatchException if what was said of blocks does not fit
        public SavedGuest load(WireReader in) throws IOException {
            return load(in, () -> {});
        }

        private SavedGuest load(WireReader in, AutoCloseable source) throws IOException {
            WireReader stream = in.retained();
            long start = stream.position();
            RamImage image = RamImage.temporary(scratch);
            try {
                RamReader.Result loaded = readMemory(stream, image);
                stream.seek(start);
                MachineReader reader =
                        description == null
                                ? MachineReader.of(stream)
                                : MachineReader.of(stream, description);
                SavedMachine machine = SavedMachine.read(reader.progress(progress));
                stream.progress(Progress.Phase.MACHINE, Progress.NONE);
                return new SavedGuest(this, source, image, loaded, machine);
            } catch (IOException | RuntimeException | Error e) {
                try {
                    image.close();
                } catch (IOException second) {
                    e.addSuppressed(second);
                }
                throw e;
            }
        }

        private RamReader.Result readMemory(WireReader stream, RamImage image) throws IOException {
            RamReader reader =
                    RamReader.of(new BuiltInHandlers(new RamContext()), Expectations.NONE)
                            .progress(progress);
            if (pageSize != null) {
                reader.pageSize(pageSize);
            }
            memory.forEach(reader::memory);
            if (!channels.isEmpty()) {
                reader.channels(MultifdChannels.open(channels, stream.limits()));
            }
            return reader.read(stream, image);
        }
    }

    /// Its memory by guest-physical address.
    public PhysicalMemory memory() {
        return new PhysicalMemory(image, map.ranges(), loaded.pageSize());
    }

    /// Its memory by blocks; closed with this.
    public RamImage image() {
        return image;
    }

    /// What was read of its memory, beside the memory itself.
    public RamReader.Result loaded() {
        return loaded;
    }

    /// Its configuration and devices.
    public SavedMachine machine() {
        return machine;
    }

    /// Where its blocks lie.
    public GuestMap map() {
        return map;
    }

    /// Its CPUs, in the order of their numbers; none if the registers of one of them are not known.
    /// [#core()] says why, then.
    public List<CpuState> cpus() {
        return cpus;
    }

    /// How much was read of the blocks that have a place, and what shows that memory is missing or
    /// out of date.
    public RamCoverage coverage() {
        return loaded.coverage(
                image, block -> map.ranges().stream().anyMatch(r -> r.block().equals(block)));
    }

    /// What is wrong with the stream as a whole: what kept the rest of it from being read, and what
    /// else its reader found.
    public List<Finding> findings() {
        List<Finding> findings = new ArrayList<>(machine.findings());
        machine.failure()
                .ifPresent(e -> findings.add(new Finding(e.path(), e.detail(), e.offset())));
        return findings;
    }

    /// The guest as an ELF core.
    ///
    /// @throws NoCoreException if none can be made of it
    /// @throws MissingMemoryException if memory is missing of the blocks that have a place
    public ElfCore core() throws IOException {
        RamCoverage coverage = coverage();
        if (!image.blocks().isEmpty() && !coverage.complete()) {
            throw new MissingMemoryException(String.join("; ", coverage.lines()));
        }
        return partialCore();
    }

    /// The guest as an ELF core in which zeros stand for memory that is missing: see [#coverage()].
    ///
    /// @throws NoCoreException if none can be made of it
    public ElfCore partialCore() throws IOException {
        if (image.blocks().isEmpty()) {
            throw new NoCoreException(
                    NoCoreException.Reason.NO_MEMORY, "no guest memory in this stream");
        }
        if (noCpus != null) {
            throw noCpus.again();
        }
        if (map.ranges().isEmpty()) {
            throw new NoCoreException(
                    NoCoreException.Reason.NO_PLACE,
                    "where this machine has its memory is not known");
        }
        return ElfCore.of(image, map, cpus, MachineDump.vmcoreInfo(machine).orElse(null));
    }

    @Override
    public void close() throws IOException {
        try (source) {
            image.close();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
