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

/// A suspended guest, loaded from a stream: its memory, its CPUs, and the map of its memory.
///
/// ```java
/// try (SavedGuest guest = SavedGuest.open(Path.of("vm.mig"))) {
///     guest.memory().read(0x100000, bytes);
///     guest.core().writeTo(Path.of("vm.core"));
/// }
/// ```
///
/// Not safe for use by several threads. The guest's data is stored in temporary files, which are
/// deleted even if the program is killed. Closing again has no effect. After closing, its memory,
/// its image and its core throw an [IllegalStateException]. Closes the stream only if it opened it.
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

    /// Loads the guest in a file, which may contain the stream in a container. Closing the guest
    /// closes the file.
    public static SavedGuest open(Path file) throws IOException {
        return loader().open(file);
    }

    /// Creates a loader without options.
    public static Loader loader() {
        return new Loader();
    }

    /// Loads guests, with options and input other than the stream. Not safe for use by several
    /// threads. Reusable.
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

        /// Adds a captured channel of a multifd migration. All channels are needed, in any order.
        public Loader channel(Path file) {
            channels.add(Objects.requireNonNull(file));
            return this;
        }

        /// Takes the memory of a block from a raw file; see [RamReader#memory].
        public Loader memory(String block, Path file) {
            memory.put(Objects.requireNonNull(block), Objects.requireNonNull(file));
            return this;
        }

        /// Places a whole block at a guest-physical address, independent of the machine type.
        public Loader place(String block, long address) {
            if (address < 0) {
                throw new IllegalArgumentException("negative address " + address);
            }
            addresses.put(Objects.requireNonNull(block), address);
            return this;
        }

        /// Sets the size of a PC's main memory below 4 GiB, instead of that in its CMOS.
        public Loader lowMemory(long bytes) {
            if (bytes < 0) {
                throw new IllegalArgumentException("negative size " + bytes);
            }
            lowMemory = bytes;
            return this;
        }

        /// Sets the page size, for a stream that does not state it.
        ///
        /// @throws IllegalArgumentException if no target has this page size
        public Loader pageSize(int bytes) {
            pageSize = new PageSize(bytes, PageSize.Source.CALLER).bytes();
            return this;
        }

        /// Sets a description of the devices that replaces that of the stream.
        public Loader description(VmDescription other) {
            description = Objects.requireNonNull(other);
            return this;
        }

        /// Sets the folder for temporary files; the default is the Java property `java.io.tmpdir`.
        public Loader scratch(Path folder) {
            scratch = Objects.requireNonNull(folder);
            return this;
        }

        /// Sets a listener, called while the memory is read and then while the devices are read.
        public Loader progress(Progress listener) {
            progress = Objects.requireNonNull(listener);
            return this;
        }

        /// Loads the guest in a file, which may contain the stream in a container. Closing the
        /// guest closes the file.
        ///
        /// @throws org.vmstate.ram.BlockMismatchException if an option does not fit the guest's
        ///   blocks
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

        /// Loads the guest of a stream whose first byte is at the position of `in`. The caller
        /// closes `in`, which must stay open while the guest is used.
        ///
        /// @throws org.vmstate.ram.BlockMismatchException if an option does not fit the guest's
        ///   blocks
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

    /// The guest's memory by guest-physical address.
    public PhysicalMemory memory() {
        return new PhysicalMemory(image, map.ranges(), loaded.pageSize());
    }

    /// The guest's memory by block; closed with the guest.
    public RamImage image() {
        return image;
    }

    /// The result of reading the memory, except the memory itself.
    public RamReader.Result loaded() {
        return loaded;
    }

    /// The guest's configuration and devices.
    public SavedMachine machine() {
        return machine;
    }

    /// The map of the guest's blocks.
    public GuestMap map() {
        return map;
    }

    /// The CPUs, in ascending order of their numbers; empty if the registers of one of them are
    /// unknown. [#core()] then throws an exception with the reason.
    public List<CpuState> cpus() {
        return cpus;
    }

    /// The coverage of the blocks that are mapped, and evidence that memory is missing or outdated.
    public RamCoverage coverage() {
        return loaded.coverage(
                image, block -> map.ranges().stream().anyMatch(r -> r.block().equals(block)));
    }

    /// The findings about the stream as a whole: the failure after which nothing was read, if any,
    /// and the other findings of its reader.
    public List<Finding> findings() {
        List<Finding> findings = new ArrayList<>(machine.findings());
        machine.failure()
                .ifPresent(e -> findings.add(new Finding(e.path(), e.detail(), e.offset())));
        return findings;
    }

    /// Creates an ELF core of the guest.
    ///
    /// @throws NoCoreException if no core can be written of it
    /// @throws MissingMemoryException if memory of mapped blocks is missing
    public ElfCore core() throws IOException {
        RamCoverage coverage = coverage();
        if (!image.blocks().isEmpty() && !coverage.complete()) {
            throw new MissingMemoryException(String.join("; ", coverage.lines()));
        }
        return partialCore();
    }

    /// Creates an ELF core of the guest in which missing memory is zero: see [#coverage()].
    ///
    /// @throws NoCoreException if no core can be written of it
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
