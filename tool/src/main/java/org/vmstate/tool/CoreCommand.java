// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmstate.container.StreamFile;
import org.vmstate.dump.CpuState;
import org.vmstate.dump.ElfCore;
import org.vmstate.dump.GuestMap;
import org.vmstate.dump.GuestRange;
import org.vmstate.dump.NoCoreException;
import org.vmstate.dump.SavedGuest;
import org.vmstate.internal.file.OutputFile;
import org.vmstate.ram.BlockMismatchException;
import org.vmstate.ram.RamBlock;
import org.vmstate.state.Finding;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `vmstate core`: writes a suspended guest as an ELF core.
@Command(
        name = "core",
        mixinStandardHelpOptions = true,
        header = "Writes an ELF core of the guest: its memory and its CPUs' registers.",
        customSynopsis = {
            "Examples:",
            "  vmstate core vm.mig -o vm.core                        for gdb, crash, drgn",
            "  vmstate core vm.mig -o vm.core --low-mem 0x80000000   a PC whose CMOS the guest changed",
            "  vmstate core vm.mig -o vm.core --map m1@0x140000000   a memory module elsewhere",
            "",
            "Usage: vmstate core FILE -o CORE [OPTION…]"
        },
        synopsisHeading = "",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "CPUs: x86, ARM, 64-bit Power, IBM Z, RISC-V, LoongArch. The addresses of blocks are known for pc,",
            "q35, isapc, microvm, virt, pseries and s390-ccw-virtio; --map sets other ones, also for other",
            "machines. Blocks without an address are omitted and listed. If memory of the others is missing in",
            "the stream, nothing is written without --partial.",
            "Exit codes: 0 fine, 1 memory is missing or the stream is damaged, 2 usage or unsupported guest,",
            "3 malformed input, 4 I/O error."
        })
final class CoreCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
            index = "0",
            paramLabel = "FILE",
            description = "A stream or its URL; - is standard input.")
    private String file = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "CORE",
            required = true,
            description = "The core file.")
    private Path output = Path.of("");

    @Option(
            names = "--low-mem",
            paramLabel = "BYTES",
            description = "The size of a PC's memory below 4 GiB, if its CMOS does not contain it.")
    private @Nullable String lowMemory;

    @Option(
            names = "--map",
            paramLabel = "BLOCK@ADDR",
            description = "The guest-physical address of a block; may be repeated.")
    private List<String> places = List.of();

    @Option(
            names = "--describe-with",
            paramLabel = "OTHER",
            description =
                    "Take the description of the devices from this file: another stream of the same machine, or the JSON text alone.")
    private @Nullable String describeWith;

    @Mixin private InputOptions input = new InputOptions();
    @Mixin private MemoryOptions memory = new MemoryOptions();
    @Mixin private PartialOption partial = new PartialOption();

    CoreCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, UsageException {
        UsageException.checkName(output, "-o");
        Optional<ReferenceStream> reference = Optional.empty();
        if (describeWith != null) {
            reference = Optional.of(ReferenceStream.read(describeWith, terminal));
        }
        try (StreamFile opened = Input.open(file, input.chosen(), terminal);
                SavedGuest guest = load(opened, reference.flatMap(ReferenceStream::description))) {
            MissingReport missing =
                    new MissingReport(guest.image(), guest.loaded(), guest.coverage());
            ElfCore core = guest.partialCore();
            if (partial.refuses(missing, terminal)) {
                return ExitCode.FINDINGS;
            }
            core.writeTo(output);
            for (GuestRange range : core.ranges()) {
                if (!guest.image().carried(range.block())) {
                    terminal.message(
                            "the memory of "
                                    + Printable.text(range.block().name())
                                    + " was shared and is not in the stream; it is zero in the core");
                }
            }
            List<Finding> findings = guest.findings();
            findings.forEach(finding -> terminal.message(Printable.text(finding.toString())));
            print(guest.map(), core);
            return missing.complete() && findings.isEmpty() ? ExitCode.FINE : ExitCode.FINDINGS;
        } catch (NoCoreException e) {
            return refused(e);
        }
    }

    /// Throws or prints the reason why there is no core, with the option that may help.
    private int refused(NoCoreException e) throws UsageException {
        String message = Printable.text(String.valueOf(e.getMessage()));
        switch (e.reason()) {
            case MALFORMED -> {
                terminal.message(Input.label(file) + ": " + message);
                return ExitCode.MALFORMED;
            }
            case NO_MEMORY -> message += "; see --memory";
            case NO_DESCRIPTION -> message += "; see --describe-with";
            case NO_PLACE -> message += "; see --map";
            case UNKNOWN_CPU, TOO_HIGH -> {}
        }
        throw new UsageException(message);
    }

    private SavedGuest load(StreamFile opened, Optional<VmDescription> description)
            throws IOException, UsageException {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        SavedGuest.Loader loader =
                SavedGuest.loader().scratch(OutputFile.scratchFolder(output, temporary));
        memory.addTo(loader);
        description.ifPresent(loader::description);
        for (String place : places) {
            int at = place.lastIndexOf('@');
            if (at <= 0) {
                throw usage("--map is BLOCK@ADDR, not " + place);
            }
            loader.place(place.substring(0, at), number(place.substring(at + 1)));
        }
        if (lowMemory != null) {
            loader.lowMemory(number(lowMemory));
        }
        try (ProgressLine progress = new ProgressLine(spec.commandLine().getErr())) {
            return Input.reading(file, () -> loader.progress(progress).load(opened.reader()));
        } catch (BlockMismatchException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private long number(String text) {
        try {
            long value = Long.decode(text);
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Reported below.
        }
        throw usage("not an address or size: " + text);
    }

    private ParameterException usage(String why) {
        return new ParameterException(spec.commandLine(), why);
    }

    private void print(GuestMap map, ElfCore core) throws IOException {
        List<CpuState> cpus = core.cpus();
        PrintWriter out = terminal.text();
        for (GuestRange range : map.ranges()) {
            out.printf(
                    "  0x%012x  0x%012x bytes  %s%s%n",
                    range.address(),
                    range.length(),
                    Printable.text(range.block().name()),
                    range.offset() == 0 ? "" : " from 0x" + Long.toHexString(range.offset()));
        }
        for (int i = 0; i < cpus.size(); i++) {
            out.printf("  CPU %d at 0x%x%n", i, cpus.get(i).programCounter());
        }
        if (core.hasVmcoreInfo()) {
            out.println("  VMCOREINFO of the guest's kernel");
        }
        if (!map.unplaced().isEmpty()) {
            out.println(
                    terminal.faint(
                            "  left out: "
                                    + String.join(
                                            ", ",
                                            map.unplaced().stream()
                                                    .map(RamBlock::name)
                                                    .map(Printable::text)
                                                    .toList())));
        }
        if (out.checkError()) {
            throw new IOException("cannot write to standard output");
        }
    }
}
