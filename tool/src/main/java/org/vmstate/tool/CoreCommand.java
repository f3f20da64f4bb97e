// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmstate.container.StreamFile;
import org.vmstate.dump.CpuState;
import org.vmstate.dump.ElfCore;
import org.vmstate.dump.GuestMap;
import org.vmstate.dump.GuestRange;
import org.vmstate.dump.MachineDump;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.internal.file.OutputFile;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;
import org.vmstate.stream.Configuration;
import org.vmstate.wire.Printable;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `vmstate core`: a suspended guest as an ELF core.
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
            "Where blocks lie is known for pc, q35, microvm, virt (aarch64), pseries and s390-ccw-virtio; --map",
            "places them elsewhere or on other machines. Blocks without a place are left out and named. If",
            "memory of the others is not in the stream, nothing is written without --partial.",
            "Exit codes: 0 fine, 1 memory is missing, 2 usage, 3 malformed input, 4 I/O error."
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
            description = "How much of a PC's memory is below 4 GiB, if its CMOS does not say it.")
    private @Nullable String lowMemory;

    @Option(
            names = "--map",
            paramLabel = "BLOCK@ADDR",
            description = "Where a block begins in guest-physical memory; may be repeated.")
    private List<String> places = List.of();

    @Option(
            names = "--describe-with",
            paramLabel = "OTHER",
            description =
                    "Take the description of the devices from this file: another stream of the same machine, or the JSON text alone.")
    private @Nullable String describeWith;

    @Mixin private SnapshotOption snapshot = new SnapshotOption();
    @Mixin private MemoryOptions memory = new MemoryOptions();
    @Mixin private PartialOption partial = new PartialOption();

    CoreCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, UsageException {
        Optional<Reference> reference = Optional.empty();
        if (describeWith != null) {
            reference = Optional.of(Reference.read(describeWith, terminal));
        }
        Path folder = output.toAbsolutePath().getParent();
        try (StreamFile opened = Input.open(file, snapshot.chosen(), terminal);
                RamImage image = RamImage.temporary(folder == null ? Path.of(".") : folder)) {
            WireReader in = opened.reader().retained();
            long start = in.position();
            RamReader.Result loaded =
                    MemoryLoad.load(in, memory, image, spec.commandLine().getErr());
            if (image.blocks().isEmpty()) {
                throw new UsageException("no guest memory in this stream; see --memory");
            }
            in.seek(start);
            SavedMachine machine =
                    SavedMachine.read(
                            Machines.walked(in, reference.flatMap(Reference::description)));
            List<CpuState> cpus = MachineDump.cpus(machine);
            if (cpus.isEmpty()) {
                throw noCpus(machine);
            }
            GuestMap map = map(machine, cpus.getFirst(), image);
            MissingReport missing =
                    new MissingReport(
                            image,
                            loaded,
                            block -> map.ranges().stream().anyMatch(r -> r.block().equals(block)));
            if (partial.refuses(missing, terminal)) {
                return ExitCode.FINDINGS;
            }
            Optional<ElfCore.VmcoreInfoPlace> note = MachineDump.vmcoreInfo(machine);
            ElfCore core =
                    note.isPresent()
                            ? ElfCore.of(image, map, cpus, note.get())
                            : ElfCore.of(image, map, cpus);
            try (OutputFile target = OutputFile.create(output)) {
                core.writeTo(target.channel());
                target.commit();
            }
            for (GuestRange range : map.ranges()) {
                if (!image.carried(range.block())) {
                    spec.commandLine()
                            .getErr()
                            .println(
                                    "vmstate: the memory of "
                                            + Printable.text(range.block().name())
                                            + " was shared and is not in the stream; it is zero in the core");
                }
            }
            print(map, cpus, core);
            return missing.complete() ? ExitCode.FINE : ExitCode.FINDINGS;
        }
    }

    private static VMStateException noCpus(SavedMachine machine) {
        return machine.failure()
                .orElseGet(
                        () ->
                                new UnsupportedException(
                                        machine.description().isEmpty()
                                                ? "no description says what the CPUs' sections hold; see --describe-with"
                                                : "no CPU of x86-64, aarch64, ppc64 or s390x",
                                        VMStateException.NO_OFFSET));
    }

    private GuestMap map(SavedMachine machine, CpuState cpu, RamImage image) {
        Map<String, Long> addresses = new HashMap<>();
        for (String place : places) {
            int at = place.lastIndexOf('@');
            if (at <= 0) {
                throw usage("--map is BLOCK@ADDR, not " + place);
            }
            addresses.put(place.substring(0, at), number(place.substring(at + 1)));
        }
        GuestMap.Overrides overrides = GuestMap.Overrides.NONE.withAddresses(addresses);
        OptionalLong low =
                lowMemory == null
                        ? MachineDump.lowMemory(machine)
                        : OptionalLong.of(number(lowMemory));
        if (low.isPresent()) {
            overrides = overrides.withLowMemory(low.getAsLong());
        }
        try {
            GuestMap map =
                    GuestMap.of(
                            machine.configuration().map(Configuration::machineType).orElse(""),
                            cpu.architecture(),
                            image.blocks(),
                            overrides);
            if (map.ranges().isEmpty()) {
                throw usage("where this machine has its memory is not known; see --map");
            }
            return map;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private long number(String text) {
        try {
            long value = Long.decode(text);
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw usage("not an address or size: " + text);
    }

    private ParameterException usage(String why) {
        return new ParameterException(spec.commandLine(), why);
    }

    private void print(GuestMap map, List<CpuState> cpus, ElfCore core) throws IOException {
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
