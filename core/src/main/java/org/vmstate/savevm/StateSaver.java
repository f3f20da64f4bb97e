// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.CommandCode;
import org.vmstate.internal.format.RenderedText;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.GuestMemorySaver;
import org.vmstate.stream.Body;
import org.vmstate.stream.Command;
import org.vmstate.stream.Description;
import org.vmstate.stream.EndOfStream;
import org.vmstate.stream.FileHeader;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionFooter;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamWriter;
import org.vmstate.vmdesc.JsonStyle;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.Progress;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireWriter;

/// The steps in which a machine is saved.
///
/// A machine that is stopped is saved by [Machine#save(WireWriter)]. A live migration gets the
/// steps from [Machine#saver] and calls them in this order: [#header()], [#start()], [#iterate] as
/// long as the machine runs, and after it has stopped [#complete()], [#devices()], [#end()]; in any
/// case [#close()]. Between the first steps it writes its [commands][#command].
///
/// All methods are called by one thread. While a saver is open, the machine is in use: it cannot be
/// saved, loaded or changed otherwise; closing it ends the use, and cleans up the iterative
/// devices.
///
/// QEMU: `qemu_savevm_state_header`, `_setup`, `_iterate`, `_complete_precopy`.
public final class StateSaver implements AutoCloseable {
    private static final Body NOTHING = Body.of(new byte[0]);

    private final WireWriter out;
    private final StreamWriter stream;
    private final SaveStateRegistry registry;
    private final List<SaveStateEntry> entries;
    private final StreamForm form;
    private final MachineIdentity identity;
    private final MemorySavers memories;
    private final @Nullable VmDescWriter vmdesc;
    private @Nullable MemorySaver memory;

    /// The iterative devices whose START section was begun, by their entries.
    private final Map<SaveStateEntry, IterativeDevice> begun = new LinkedHashMap<>();

    /// Writes the bodies of the memory's sections.
    ///
    /// QEMU: the `SaveVMHandlers` of `ram`.
    public interface MemorySaver {
        /// Writes the body of the START section.
        void start() throws IOException;

        /// Whether memory can be sent while the machine runs. If not, [#complete()] sends all of
        /// it.
        boolean live();

        /// Finds what was written to since the last call.
        void sync() throws IOException;

        /// Returns the number of bytes that are left to be sent, as far as [#sync()] has found
        /// them.
        long pending() throws IOException;

        /// Writes the body of a PART section of about `maxBytes` at most.
        ///
        /// @param deadline the value of [System#nanoTime()] at which the body ends
        void iterate(long maxBytes, long deadline) throws IOException;

        /// Writes the body of the END section, after the machine has stopped.
        void complete() throws IOException;

        /// Begins to send the pages that are left while the machine runs at the destination.
        ///
        /// @return these pages, which the destination discards
        List<Command.RamDiscard> beginPostcopy() throws IOException;
    }

    /// Creates the saver of a memory, whose target has pages of a size in bytes.
    @FunctionalInterface
    public interface MemorySavers {
        /// Creates a saver.
        MemorySaver of(WireWriter out, GuestMemory memory, int pageSize) throws IOException;
    }

    StateSaver(
            WireWriter out,
            SaveStateRegistry registry,
            StreamForm form,
            MachineIdentity identity,
            MemorySavers memories) {
        this.out = out;
        this.stream = new StreamWriter(out);
        this.registry = registry;
        this.entries = registry.entries();
        this.form = form;
        this.identity = identity;
        this.memories = memories;
        this.vmdesc = form.text() == StreamForm.Text.NONE ? null : new VmDescWriter();
    }

    /// Writes the whole stream of a machine that is stopped.
    static void saveStopped(
            WireWriter out,
            SaveStateRegistry registry,
            StreamForm form,
            MachineIdentity identity,
            Progress progress)
            throws IOException {
        StateSaver saver =
                new StateSaver(
                        out,
                        registry,
                        form,
                        identity,
                        (to, memory, pageSize) ->
                                stopped(
                                        new GuestMemorySaver(
                                                to, memory, form.ramFormat(), pageSize, progress)));
        saver.header();
        try {
            saver.start();
            saver.iterateToEnd();
            saver.complete();
            saver.devices();
        } catch (Throwable failure) {
            Cleanup.of(saver.begun.values(), failure);
            throw failure;
        }
        saver.end();
    }

    private static MemorySaver stopped(GuestMemorySaver saver) {
        return new MemorySaver() {
            @Override
            public void start() throws IOException {
                saver.start();
            }

            @Override
            public boolean live() {
                return false;
            }

            @Override
            public void sync() {}

            @Override
            public long pending() {
                return 0;
            }

            @Override
            public void iterate(long maxBytes, long deadline) throws IOException {
                saver.pages();
            }

            @Override
            public void complete() throws IOException {
                saver.end();
            }

            @Override
            public List<Command.RamDiscard> beginPostcopy() {
                throw new IllegalStateException("postcopy of a machine that is saved to a file");
            }
        };
    }

    /// Writes the header of the stream and the configuration.
    public void header() throws IOException {
        stream.write(new FileHeader());
        out.u8(StreamTags.CONFIGURATION);
        configuration(identity.configuration(form.ramFormat()));
    }

    /// Writes a command to the destination.
    public void command(Command command) throws IOException {
        stream.write(command);
    }

    private void configuration(ConfigurationState configuration) throws IOException {
        if (vmdesc == null) {
            ConfigurationState.VMSTATE.save(out, configuration);
            return;
        }
        vmdesc.startObject();
        if (form.text() == StreamForm.Text.CONFIGURATION_AND_DEVICES) {
            vmdesc.startObject("configuration");
            ConfigurationState.VMSTATE.save(out, configuration, vmdesc);
            vmdesc.endObject();
        } else {
            ConfigurationState.VMSTATE.save(out, configuration);
        }
        vmdesc.number("page_size", identity.pageSize()).startArray("devices");
    }

    private void description(VmDescWriter text) throws IOException {
        if (form.style() == JsonStyle.COMPACT) {
            out.u8(StreamTags.DESCRIPTION);
            out.u32(text.length());
            text.writeTo(out);
        } else {
            VmDescription parsed = VmDescription.parse(text.toByteArray(), 0, OwnBytes.LIMITS);
            stream.write(new Description(Body.of(form.style().print(parsed.json()))));
        }
    }

    /// Writes the START sections, and the devices with early set-up.
    public void start() throws IOException {
        for (SaveStateEntry entry : entries) {
            switch (entry.subject()) {
                case Subject.Whole whole -> {
                    if (whole.earlySetup()) {
                        full(entry, whole);
                    }
                }
                case Subject.Iterative(IterativeDevice device) -> {
                    if (device.active()) {
                        begun.put(entry, device);
                        section(entry, Section.Start::new, () -> device.setup(out));
                    }
                }
                case Subject.Memory(var guest) -> {
                    MemorySaver saver = memories.of(out, guest, identity.pageSize());
                    memory = saver;
                    section(entry, Section.Start::new, saver::start);
                }
            }
        }
    }

    /// Whether everything can be sent while the machine runs. If not, the memory is sent by
    /// [#complete()]. Called after [#start()].
    public boolean live() {
        return memory == null || memory.live();
    }

    /// Finds what of the memory was written to since the last call.
    public void sync() throws IOException {
        if (memory != null) {
            memory.sync();
        }
    }

    /// Returns the number of bytes that are left to be sent of the memory and the iterative
    /// devices: of the memory, as far as [#sync()] has found them.
    public long pending() throws IOException {
        long bytes = memory == null ? 0 : memory.pending();
        for (IterativeDevice device : begun.values()) {
            if (device.active()) {
                bytes += device.pending();
            }
        }
        return bytes;
    }

    /// Writes one PART section of the memory and of each iterative device that has anything to
    /// send, each of about `maxBytes` at most.
    ///
    /// @param deadline the value of [System#nanoTime()] at which a body of the memory ends
    public void iterate(long maxBytes, long deadline) throws IOException {
        for (SaveStateEntry entry : entries) {
            switch (entry.subject()) {
                case Subject.Iterative(IterativeDevice device) -> {
                    if (hasMore(entry, device)) {
                        section(entry, Section.Part::new, () -> device.iterate(out, maxBytes));
                    }
                }
                case Subject.Memory _ -> part(entry, maxBytes, deadline);
                case Subject.Whole _ -> {}
            }
        }
    }

    private void part(SaveStateEntry entry, long maxBytes, long deadline) throws IOException {
        MemorySaver saver = memory;
        if (saver != null) {
            section(entry, Section.Part::new, () -> saver.iterate(maxBytes, deadline));
        }
    }

    /// Writes the PART sections of a machine that is stopped, device by device.
    private void iterateToEnd() throws IOException {
        for (SaveStateEntry entry : entries) {
            switch (entry.subject()) {
                case Subject.Iterative(IterativeDevice device) -> {
                    while (hasMore(entry, device)) {
                        section(
                                entry,
                                Section.Part::new,
                                () -> device.iterate(out, Long.MAX_VALUE));
                    }
                }
                case Subject.Memory _ -> part(entry, Long.MAX_VALUE, Long.MAX_VALUE);
                case Subject.Whole _ -> {}
            }
        }
    }

    private boolean hasMore(SaveStateEntry entry, IterativeDevice device) throws IOException {
        return begun.containsKey(entry) && device.active() && device.pending() != 0;
    }

    /// Writes the END sections of a machine that has stopped, and before them the command that
    /// announces them, if the machine's streams have it.
    ///
    /// @throws RefusedException if a blocker has been registered since
    public void complete() throws IOException {
        completeDevices(true);
    }

    /// Begins postcopy, after the machine has stopped: writes the END sections of everything but
    /// the memory, and the discards of the pages that will be sent by [#iterate], while the machine
    /// runs at the destination. Then follow [#devicePackage], [#iterate], and [#endPostcopy()]
    /// instead of the other steps.
    ///
    /// QEMU: `postcopy_start`.
    ///
    /// @throws RefusedException if a blocker has been registered since
    public void beginPostcopy() throws IOException {
        completeDevices(false);
        if (memory != null) {
            for (Command.RamDiscard discard : memory.beginPostcopy()) {
                stream.write(discard);
            }
        }
    }

    /// Writes the devices that are saved whole as one unit, between the command that begins to
    /// listen for pages and others.
    ///
    /// @param after the commands at the end of the unit
    public void devicePackage(List<Command> after) throws IOException {
        WireWriter unit = WireWriter.toMemory();
        StreamWriter elements = new StreamWriter(unit);
        elements.write(new Command.PostcopyListen());
        for (SaveStateEntry entry : entries) {
            if (entry.subject() instanceof Subject.Whole whole
                    && !whole.earlySetup()
                    && needed(entry, whole)) {
                section(elements, entry, Section.Full::new, () -> entry.save(whole, unit, null));
            }
        }
        for (Command command : after) {
            elements.write(command);
        }
        out.u8(StreamTags.COMMAND);
        out.u16(CommandCode.PACKAGED.number());
        out.u16(Integer.BYTES);
        out.u32(unit.position());
        out.bytes(unit.buffer(), 0, unit.index());
    }

    /// Writes the END section of the memory, cleans up the iterative devices, and ends the stream,
    /// which has no description.
    public void endPostcopy() throws IOException {
        for (SaveStateEntry entry : entries) {
            if (memory != null && entry.subject() instanceof Subject.Memory) {
                section(entry, Section.End::new, memory::complete);
            }
        }
        cleanUp();
        stream.write(new EndOfStream());
    }

    private void completeDevices(boolean withMemory) throws IOException {
        if (registry.isBlocked()) {
            throw new RefusedException(String.join("; ", registry.blockers()));
        }
        if (form.switchoverStart()) {
            stream.write(new Command.SwitchoverStart());
        }
        for (SaveStateEntry entry : entries) {
            switch (entry.subject()) {
                case Subject.Iterative(IterativeDevice device) -> {
                    if (begun.containsKey(entry) && device.active()) {
                        section(entry, Section.End::new, () -> device.complete(out));
                    }
                }
                case Subject.Memory _ -> {
                    if (memory != null && withMemory) {
                        section(entry, Section.End::new, memory::complete);
                    }
                }
                case Subject.Whole _ -> {}
            }
        }
    }

    /// Writes the sections of the devices that are saved whole.
    public void devices() throws IOException {
        for (SaveStateEntry entry : entries) {
            if (entry.subject() instanceof Subject.Whole whole && !whole.earlySetup()) {
                full(entry, whole);
            }
        }
    }

    /// Cleans up the iterative devices, and writes the end of the stream and the description.
    public void end() throws IOException {
        cleanUp();
        stream.write(new EndOfStream());
        if (vmdesc != null) {
            vmdesc.endArray().endObject();
            description(vmdesc);
        }
    }

    /// Ends the use of the machine, and cleans up the iterative devices if [#end()] has not.
    @Override
    public void close() {
        try {
            cleanUp();
        } finally {
            registry.end();
        }
    }

    private void cleanUp() {
        List<IterativeDevice> devices = List.copyOf(begun.values());
        begun.clear();
        Cleanup.of(devices);
    }

    private static boolean needed(SaveStateEntry entry, Subject.Whole whole) throws IOException {
        try {
            return whole.needed();
        } catch (VMStateException e) {
            throw e.within(entry.label());
        }
    }

    private void full(SaveStateEntry entry, Subject.Whole whole) throws IOException {
        if (!needed(entry, whole)) {
            return;
        }
        if (vmdesc != null) {
            RenderedText.append(vmdesc, entry.descriptionHead(), 1);
        }
        section(entry, Section.Full::new, () -> entry.save(whole, out, vmdesc));
        if (vmdesc != null) {
            vmdesc.endObject();
        }
    }

    /// Writes the body of a section.
    private interface BodyWriter {
        void write() throws IOException;
    }

    /// Creates a section of a kind.
    private interface Kind {
        Section of(long sectionId, SectionIdentity identity, Body body);
    }

    private void section(SaveStateEntry entry, Kind kind, BodyWriter body) throws IOException {
        section(stream, entry, kind, body);
    }

    private static void section(StreamWriter to, SaveStateEntry entry, Kind kind, BodyWriter body)
            throws IOException {
        to.write(kind.of(entry.sectionId(), entry.identity(), NOTHING));
        try {
            body.write();
        } catch (VMStateException e) {
            throw e.within(entry.label());
        }
        to.write(new SectionFooter(entry.sectionId()));
    }
}
