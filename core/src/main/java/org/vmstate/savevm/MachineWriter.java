// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.RenderedText;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.ram.GuestMemorySaver;
import org.vmstate.ram.RamFormat;
import org.vmstate.stream.Command;
import org.vmstate.stream.StreamWriter;
import org.vmstate.vmdesc.JsonStyle;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.Progress;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireWriter;

/// Writes the stream of a machine that is stopped.
///
/// QEMU: `qemu_savevm_state`.
final class MachineWriter {
    private final WireWriter out;
    private final List<SaveStateEntry> entries;
    private final RamFormat ramFormat;
    private final int pageSize;
    private final Progress progress;
    private final VmDescWriter vmdesc = new VmDescWriter();
    private boolean sendsSwitchoverStart;
    private boolean describesConfiguration = true;
    private JsonStyle style = JsonStyle.COMPACT;
    private @Nullable GuestMemorySaver memory;

    MachineWriter(
            WireWriter out,
            List<SaveStateEntry> entries,
            RamFormat ramFormat,
            int pageSize,
            Progress progress) {
        this.out = out;
        this.entries = entries;
        this.ramFormat = ramFormat;
        this.pageSize = pageSize;
        this.progress = progress;
    }

    void sendSwitchoverStart() {
        sendsSwitchoverStart = true;
    }

    void omitConfigurationText() {
        describesConfiguration = false;
    }

    void descriptionStyle(JsonStyle given) {
        style = given;
    }

    void write(ConfigurationState configuration) throws IOException {
        out.int32(StreamTags.MAGIC);
        out.int32(StreamTags.VERSION);
        out.u8(StreamTags.CONFIGURATION);
        vmdesc.startObject();
        if (describesConfiguration) {
            vmdesc.startObject("configuration");
            ConfigurationState.VMSTATE.save(out, configuration, vmdesc);
            vmdesc.endObject();
        } else {
            ConfigurationState.VMSTATE.save(out, configuration);
        }
        vmdesc.number("page_size", pageSize).startArray("devices");
        try {
            start();
            iterate();
            for (SaveStateEntry entry : entries) {
                if (entry.subject() instanceof Subject.Whole whole && !whole.earlySetup()) {
                    full(entry, whole);
                }
            }
        } finally {
            for (SaveStateEntry entry : entries) {
                if (entry.subject() instanceof Subject.Iterative(IterativeDevice device)) {
                    device.cleanup();
                }
            }
        }
        out.u8(StreamTags.END_OF_STREAM);
        vmdesc.endArray().endObject();
        out.u8(StreamTags.DESCRIPTION);
        if (style == JsonStyle.COMPACT) {
            out.u32(vmdesc.length());
            vmdesc.writeTo(out);
        } else {
            byte[] text =
                    style.print(
                            VmDescription.parse(vmdesc.toByteArray(), 0, ReadLimits.DEFAULT)
                                    .json());
            out.u32(text.length);
            out.bytes(text);
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
                        section(StreamTags.SECTION_START, entry, () -> device.setup(out));
                    }
                }
                case Subject.Memory(var guest) -> {
                    GuestMemorySaver saver =
                            new GuestMemorySaver(out, guest, ramFormat, pageSize, progress);
                    memory = saver;
                    section(StreamTags.SECTION_START, entry, saver::start);
                }
            }
        }
    }

    private void iterate() throws IOException {
        for (SaveStateEntry entry : entries) {
            switch (entry.subject()) {
                case Subject.Iterative(IterativeDevice device) -> {
                    while (device.active() && device.pending() != 0) {
                        section(StreamTags.SECTION_PART, entry, () -> device.iterate(out));
                    }
                }
                case Subject.Memory _ -> {
                    if (memory != null) {
                        section(StreamTags.SECTION_PART, entry, memory::pages);
                    }
                }
                case Subject.Whole _ -> {}
            }
        }
        if (sendsSwitchoverStart) {
            new StreamWriter(out).write(new Command.SwitchoverStart());
        }
        for (SaveStateEntry entry : entries) {
            switch (entry.subject()) {
                case Subject.Iterative(IterativeDevice device) -> {
                    if (device.active()) {
                        section(StreamTags.SECTION_END, entry, () -> device.complete(out));
                    }
                }
                case Subject.Memory _ -> {
                    if (memory != null) {
                        section(StreamTags.SECTION_END, entry, memory::end);
                    }
                }
                case Subject.Whole _ -> {}
            }
        }
    }

    private void full(SaveStateEntry entry, Subject.Whole whole) throws IOException {
        if (!whole.needed()) {
            return;
        }
        RenderedText.append(vmdesc, entry.descriptionHead(), 1);
        section(StreamTags.SECTION_FULL, entry, () -> entry.save(whole, out, vmdesc));
        vmdesc.endObject();
    }

    /// Writes the body of a section.
    private interface BodyWriter {
        void write() throws IOException;
    }

    private void section(int tag, SaveStateEntry entry, BodyWriter body) throws IOException {
        out.u8(tag);
        out.u32(entry.sectionId());
        if (tag == StreamTags.SECTION_START || tag == StreamTags.SECTION_FULL) {
            out.str8(entry.idString());
            out.u32(entry.instanceId());
            out.u32(entry.versionId());
        }
        try {
            body.write();
        } catch (VMStateException e) {
            throw e.within(entry.label());
        }
        out.u8(StreamTags.SECTION_FOOTER);
        out.u32(entry.sectionId());
    }
}
