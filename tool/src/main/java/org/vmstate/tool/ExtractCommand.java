// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.vmstate.container.StreamFile;
import org.vmstate.internal.file.OutputFolder;
import org.vmstate.ram.BlockFileNames;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;
import org.vmstate.wire.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `vmstate extract`: writes guest memory to files.
@Command(
        name = "extract",
        mixinStandardHelpOptions = true,
        header = "Writes the blocks of guest memory as raw images, sparse where they are zero.",
        customSynopsis = {
            "Examples:",
            "  vmstate extract vm.mig -o memory                    every block",
            "  vmstate extract vm.mig -o memory --block pc.ram     one of them",
            "  vmstate extract main.mig --channel ch1.mig --channel ch2.mig -o memory",
            "  vmstate extract vm.mig --memory pc.ram=shm.bin -o memory",
            "",
            "Usage: vmstate extract FILE -o DIR [OPTION…]"
        },
        synopsisHeading = "",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "A block's file is named after the block, with unsuitable characters replaced by _; the names are",
            "printed. Files are created only when they are complete: all at once if DIR is new; if it exists,",
            "a run that is killed (kill -9) may leave only some of them. If memory is missing in the stream,",
            "nothing is written without --partial.",
            "Exit codes: 0 fine, 1 memory is missing, 2 usage, 3 malformed input, 4 I/O error."
        })
final class ExtractCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
            index = "0",
            paramLabel = "FILE",
            description = "A stream or its URL; - is standard input.")
    private String file = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            required = true,
            description = "The folder for the images; created if it does not exist.")
    private Path folder = Path.of("");

    @Option(
            names = "--block",
            paramLabel = "NAME",
            description = "Only this block; may be repeated.")
    private List<String> wanted = List.of();

    @Mixin private InputOptions input = new InputOptions();
    @Mixin private MemoryOptions memory = new MemoryOptions();
    @Mixin private PartialOption partial = new PartialOption();

    ExtractCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, UsageException {
        if (folder.toString().isEmpty()) {
            throw new UsageException("-o needs the name of a folder; . is the current one");
        }
        List<RamBlock> extracted = new ArrayList<>();
        BlockFileNames fileNames = new BlockFileNames();
        MissingReport missing;
        try (StreamFile opened = Input.open(file, input.chosen(), terminal);
                OutputFolder images = OutputFolder.create(folder);
                RamImage image =
                        RamImage.placed(
                                images.scratchFolder(),
                                block ->
                                        wanted(block)
                                                ? images.create(fileNames.of(block.name()))
                                                : null)) {
            RamReader.Result loaded =
                    MemoryLoad.load(file, opened, memory, image, spec.commandLine().getErr());
            missing = new MissingReport(image, loaded, loaded.coverage(image, this::wanted));
            if (!missing.noMemory()) {
                refuseUnknown(image);
            }
            if (partial.refuses(missing, terminal)) {
                return ExitCode.FINDINGS;
            }
            Set<String> names = new HashSet<>();
            for (RamBlock block : image.blocks()) {
                if (wanted(block) && image.carried(block)) {
                    extracted.add(block);
                    names.add(fileNames.of(block.name()));
                }
            }
            image.flush();
            images.commit(names);
        }
        print(extracted, fileNames.names());
        return missing.complete() ? ExitCode.FINE : ExitCode.FINDINGS;
    }

    private boolean wanted(RamBlock block) {
        return wanted.isEmpty() || wanted.contains(block.name());
    }

    private void refuseUnknown(RamImage image) {
        for (String name : wanted) {
            if (image.block(name) == null) {
                throw new ParameterException(
                        spec.commandLine(), "no block " + Printable.quoted(name) + " in " + file);
            }
        }
    }

    private void print(List<RamBlock> extracted, Map<String, String> names) throws IOException {
        PrintWriter out = terminal.text();
        for (RamBlock block : extracted) {
            out.printf(
                    "%s  %s  %d bytes%n",
                    Printable.text(folder.resolve(names.getOrDefault(block.name(), "")).toString()),
                    Printable.text(block.name()),
                    block.length());
        }
        if (out.checkError()) {
            throw new IOException("cannot write to standard output");
        }
    }
}
