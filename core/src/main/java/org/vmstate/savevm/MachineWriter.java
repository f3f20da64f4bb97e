// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.RenderedText;
import org.vmstate.internal.format.StreamTags;
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
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireWriter;

/// Writes the stream of a machine that is stopped.
///
/// QEMU: `qemu_savevm_state`.
final class MachineWriter {
    private static final Body NOTHING = Body.of(new byte[0]);

    private final WireWriter out;
    private final StreamWriter stream;
    private final List<SaveStateEntry> entries;
    private final StreamForm form;
    private final int pageSize;
    private final Progress progress;
    private final @Nullable VmDescWriter vmdesc;
    private @Nullable GuestMemorySaver memory;

    /// The iterative devices whose START section was begun, by their entries.
    private final Map<SaveStateEntry, IterativeDevice> begun = new LinkedHashMap<>();

    MachineWriter(
            WireWriter out,
            List<SaveStateEntry> entries,
            StreamForm form,
            int pageSize,
            Progress progress) {
        this.out = out;
        this.stream = new StreamWriter(out);
        this.entries = entries;
        this.form = form;
        this.pageSize = pageSize;
        this.progress = progress;
        this.vmdesc = form.text() == StreamForm.Text.NONE ? null : new VmDescWriter();
    }

    void write(ConfigurationState configuration) throws IOException {
        stream.write(new FileHeader());
        out.u8(StreamTags.CONFIGURATION);
        configuration(configuration);
        try {
            sections();
        } catch (Throwable failure) {
            Cleanup.of(begun.values(), failure);
            throw failure;
        }
        Cleanup.of(begun.values());
        stream.write(new EndOfStream());
        if (vmdesc != null) {
            vmdesc.endArray().endObject();
            description(vmdesc);
        }
    }

    private void sections() throws IOException {
        start();
        iterate();
        if (form.switchoverStart()) {
            stream.write(new Command.SwitchoverStart());
        }
        complete();
        for (SaveStateEntry entry : entries) {
            if (entry.subject() instanceof Subject.Whole whole && !whole.earlySetup()) {
                full(entry, whole);
            }
        }
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
        vmdesc.number("page_size", pageSize).startArray("devices");
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

    private void start() throws IOException {
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
                    GuestMemorySaver saver =
                            new GuestMemorySaver(out, guest, form.ramFormat(), pageSize, progress);
                    memory = saver;
                    section(entry, Section.Start::new, saver::start);
                }
            }
        }
    }

    private void iterate() throws IOException {
        for (SaveStateEntry entry : entries) {
            switch (entry.subject()) {
                case Subject.Iterative(IterativeDevice device) -> {
                    while (begun.containsKey(entry) && device.active() && device.pending() != 0) {
                        section(entry, Section.Part::new, () -> device.iterate(out));
                    }
                }
                case Subject.Memory _ -> {
                    if (memory != null) {
                        section(entry, Section.Part::new, memory::pages);
                    }
                }
                case Subject.Whole _ -> {}
            }
        }
    }

    private void complete() throws IOException {
        for (SaveStateEntry entry : entries) {
            switch (entry.subject()) {
                case Subject.Iterative(IterativeDevice device) -> {
                    if (begun.containsKey(entry) && device.active()) {
                        section(entry, Section.End::new, () -> device.complete(out));
                    }
                }
                case Subject.Memory _ -> {
                    if (memory != null) {
                        section(entry, Section.End::new, memory::end);
                    }
                }
                case Subject.Whole _ -> {}
            }
        }
    }

    private void full(SaveStateEntry entry, Subject.Whole whole) throws IOException {
        try {
            if (!whole.needed()) {
                return;
            }
        } catch (VMStateException e) {
            throw e.within(entry.label());
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
        stream.write(kind.of(entry.sectionId(), entry.identity(), NOTHING));
        try {
            body.write();
        } catch (VMStateException e) {
            throw e.within(entry.label());
        }
        stream.write(new SectionFooter(entry.sectionId()));
    }
}
