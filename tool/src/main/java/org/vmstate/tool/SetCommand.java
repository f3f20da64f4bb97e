// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmstate.container.StreamFile;
import org.vmstate.inspect.MachineEdit;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.internal.file.OutputFile;
import org.vmstate.stream.StreamWriter;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vmstate set`: writes a copy of a stream with changes.
@Command(
        name = "set",
        mixinStandardHelpOptions = true,
        header = "Writes a copy of a stream with other values, without some devices, and the like.",
        customSynopsis = {
            "Examples:",
            "  vmstate set vm.mig cpu.env.eip=0xfff0 -o out.mig",
            "  vmstate set vm.mig '*usb-redir.device_info.speed=3' -o out.mig   whichever device has it",
            "  vmstate set vm.mig 'globalstate.runstate=\"paused\"' -o out.mig   text, in double quotes",
            "  vmstate set vm.mig tpm-emulator.permanent.buffer=@state.bin -o out.mig",
            "  vmstate set vm.mig --delete 'spapr/spapr_pending_events.pending_events[0]' -o out.mig",
            "  vmstate set vm.mig --add 'spapr/spapr_pending_events.pending_events[0]=[1]' -o out.mig",
            "  vmstate set vm.mig --drop-section 0000:00:05.0/virtio-rng -o out.mig",
            "  vmstate set vm.mig --take-field 0000:00:16.0/pciespscsi.esp.drq_state --from dest.mig -o out.mig",
            "  vmstate set vm.mig --resize-block 0000:00:03.0/virtio-net-pci.rom=512K -o out.mig",
            "  vmstate set vm.mig --drop-command switchover-start -o out.mig",
            "",
            "Usage: vmstate set FILE [PATH=VALUE…] -o OUT [OPTION…]"
        },
        synopsisHeading = "",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Integers are decimal, or begin with 0x, 0o or 0b; bytes are hexadecimal, text in double quotes, or",
            "@FILE. A PATH is as of 'vmstate show'; with wildcards, all values that it matches are set.",
            "The changes are made in this order: --add, --take-field, PATH=VALUE, --delete, the other options. The",
            "description is changed with the values. OUT has the containers and the compression of FILE (not lz4 and lzop);",
            "a snapshot of a disk image becomes a stream. See docs/guide/edit-a-stream.md.",
            "Exit codes: 0 fine, 2 usage (also a change that is not possible), 3 malformed input, 4 I/O error."
        })
final class SetCommand implements Callable<Integer> {
    private static final int CHUNK_BYTES = 1 << 20;

    private final Terminal terminal;

    @Parameters(
            index = "0",
            paramLabel = "FILE",
            description = "A stream or its URL; - is standard input.")
    private String file = "";

    @Parameters(index = "1..*", paramLabel = "PATH=VALUE", description = "A value to set.")
    private List<String> values = List.of();

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "OUT",
            description = "A file; - is standard output.")
    private String out = "";

    @Mixin private EditOptions changes = new EditOptions();

    @Option(
            names = "--describe-with",
            paramLabel = "OTHER",
            description =
                    "Take the description of the devices from this stream of the same machine.")
    private @Nullable String describeWith;

    @Mixin private InputOptions input = new InputOptions();

    SetCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, UsageException {
        if (values.isEmpty() && changes.none()) {
            throw new UsageException("nothing to change");
        }
        try (StreamFile opened = Input.open(file, input.chosen(), terminal)) {
            WireReader reader = opened.reader().retained();
            long start = reader.position();
            try (Edits edits = new Edits(machine(reader), terminal)) {
                try {
                    changes.apply(edits, values);
                } catch (IllegalArgumentException e) {
                    throw new UsageException(String.valueOf(e.getMessage()));
                }
                write(opened, reader, start, edits.edit());
            }
        }
        return ExitCode.FINE;
    }

    private SavedMachine machine(WireReader reader) throws IOException, UsageException {
        SavedMachine machine =
                SavedMachine.read(
                        describeWith == null
                                ? MachineReader.overview(reader)
                                : MachineReader.overview(
                                        reader,
                                        ReferenceStream.read(describeWith, terminal)
                                                .description()
                                                .orElseThrow(
                                                        () ->
                                                                new UsageException(
                                                                        describeWith
                                                                                + " has no description"))));
        if (machine.failure().isPresent()) {
            throw machine.failure().get().within(Input.label(file));
        }
        return machine;
    }

    private void write(StreamFile opened, WireReader reader, long start, MachineEdit edit)
            throws IOException, UsageException {
        StreamOutput output = new StreamOutput(opened, terminal);
        StreamOutput.Content content =
                bytes -> {
                    reader.seek(start);
                    MachineReader elements = MachineReader.of(reader);
                    new StreamWriter(bytes).write(edit, elements::next);
                    if (opened.undoneLayers().isEmpty()) {
                        rest(reader, bytes);
                    }
                };
        try {
            if (out.equals("-")) {
                output.write(terminal.data(), content);
                return;
            }
            try (OutputFile target = OutputFile.create(Path.of(out))) {
                output.write(target.channel(), content);
                target.commit();
            }
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    /// Copies the bytes after the stream.
    private static void rest(WireReader reader, WireWriter bytes) throws IOException {
        long left = reader.remaining().orElseThrow();
        while (left > 0) {
            long step = Math.min(CHUNK_BYTES, left);
            bytes.bytes(reader.view(reader.position(), step));
            reader.skip(step);
            left -= step;
        }
    }
}
