// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.vmstate.container.StreamFile;
import org.vmstate.internal.file.OutputFile;
import org.vmstate.ram.MissingMemory;
import org.vmstate.ram.PageCensus;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamCoverage;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;
import org.vmstate.ram.RamStatistics;
import org.vmstate.tool.picture.MemoryPicture;
import org.vmstate.tool.show.AsciiJson;
import org.vmstate.wire.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/// `vmstate ram`: describes the memory in a stream.
@Command(
        name = "ram",
        mixinStandardHelpOptions = true,
        header =
                "Describes the guest memory in a stream: blocks, zero and repeated pages, encodings.",
        customSynopsis = {
            "Examples:",
            "  vmstate ram vm.mig                      blocks and their contents",
            "  vmstate ram vm.mig --map memory.png     a picture of it; memory.svg: as SVG",
            "  vmstate ram main.mig --channel ch1.mig --channel ch2.mig --json",
            "",
            "Usage: vmstate ram FILE [OPTION…]"
        },
        synopsisHeading = "",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "A page is repeated if an earlier one has the same content. Sent pages are counted each time.",
            "Missing memory is listed with the evidence.",
            "Exit codes: 0 fine, 1 memory is missing, 2 usage, 3 malformed input, 4 I/O error."
        })
final class RamCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
            index = "0",
            paramLabel = "FILE",
            description = "A stream or its URL; - is standard input.")
    private String file = "";

    @Option(names = "--json", description = "Print a JSON document.")
    private boolean json;

    @Option(
            names = "--map",
            paramLabel = "OUT",
            description =
                    "Write a picture of the memory, an SVG if the name ends with .svg, otherwise a PNG: each page as zero, data, text, code-like or random.")
    private @Nullable Path map;

    @Mixin private InputOptions input = new InputOptions();
    @Mixin private MemoryOptions memory = new MemoryOptions();

    RamCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, UsageException {
        if (map != null) {
            UsageException.checkName(map, "--map");
        }
        Path scratch = Path.of(System.getProperty("java.io.tmpdir"));
        try (StreamFile opened = Input.open(file, input.chosen(), terminal);
                RamImage image = RamImage.temporary(scratch)) {
            RamReader.Result loaded =
                    MemoryLoad.load(file, opened, memory, image, spec.commandLine().getErr());
            MissingReport missing = new MissingReport(image, loaded);
            int pageSize = loaded.pageSize().bytes();
            List<PageCensus.Count> counts = new PageCensus(image, pageSize).count(scratch);
            @Nullable MemoryPicture picture = null;
            if (map != null) {
                picture = MemoryPicture.of(Input.label(file), image, pageSize);
                draw(map, picture);
            }
            PrintWriter out = terminal.text();
            if (json) {
                json(counts, image, loaded, missing);
            } else {
                text(out, counts, loaded, missing);
                if (map != null && picture != null) {
                    out.println();
                    out.println(Printable.text(map.toString()) + ": " + picture.summary());
                }
            }
            if (out.checkError()) {
                throw new IOException("cannot write to standard output");
            }
            if (missing.noMemory()) {
                terminal.message("no guest memory in this stream");
                return ExitCode.FINDINGS;
            }
            missing.printGuess(terminal);
            missing.print(terminal);
            return missing.complete() ? ExitCode.FINE : ExitCode.FINDINGS;
        }
    }

    private static void draw(Path target, MemoryPicture picture) throws IOException {
        try (OutputFile output = OutputFile.create(target)) {
            OutputStream stream =
                    new BufferedOutputStream(Channels.newOutputStream(output.channel()));
            picture.writeTo(stream, MemoryPicture.Format.of(target.toString()));
            stream.flush();
            output.commit();
        }
    }

    private void text(
            PrintWriter out,
            List<PageCensus.Count> counts,
            RamReader.Result loaded,
            MissingReport missing) {
        RamStatistics statistics = loaded.statistics();
        out.println(terminal.strong(Input.label(file)));
        if (missing.noMemory()) {
            out.println("  no guest memory in this stream");
            return;
        }
        out.printf(
                "  page size  %d bytes%s%n",
                loaded.pageSize().bytes(),
                loaded.pageSize().assumed() ? ", assumed: not in the stream" : "");
        out.printf("  sections   %d%n", statistics.sections());
        if (statistics.discarded() > 0) {
            out.printf("  discarded  %d bytes by postcopy%n", statistics.discarded());
        }
        out.println();
        out.println(
                terminal.faint(
                        String.format(
                                "  %-40s %15s %11s %11s %11s",
                                "block", "bytes", "zero", "unique", "repeated")));
        for (int i = 0; i < counts.size(); i++) {
            block(out, counts.get(i), missing.coverage().blocks().get(i));
        }
        out.println();
        out.println(terminal.faint("  pages as they were sent"));
        for (Map.Entry<String, Map<RamStatistics.Encoding, Long>> block :
                statistics.pages().entrySet()) {
            out.printf(
                    "  %-40s %s%n",
                    Printable.text(block.getKey()),
                    block.getValue().entrySet().stream()
                            .map(e -> String.format("%s %,d", label(e.getKey()), e.getValue()))
                            .collect(Collectors.joining(", ")));
        }
    }

    private static void block(
            PrintWriter out, PageCensus.Count count, RamCoverage.BlockCoverage covered) {
        String name = Printable.text(count.block().name());
        long length = count.block().length();
        switch (covered.extent()) {
            case SHARED -> out.printf("  %-40s %,15d  shared, not in the stream%n", name, length);
            case NONE -> out.printf("  %-40s %,15d  not in the stream%n", name, length);
            case PARTIAL, COMPLETE ->
                    out.printf(
                            "  %-40s %,15d %,11d %,11d %,11d%s%n",
                            name,
                            length,
                            count.zero(),
                            count.unique(),
                            count.repeated(),
                            covered.missingPages() == 0
                                    ? ""
                                    : String.format(
                                            "  %,d not in the stream", covered.missingPages()));
        }
    }

    private void json(
            List<PageCensus.Count> counts,
            RamImage image,
            RamReader.Result loaded,
            MissingReport missing) {
        RamStatistics statistics = loaded.statistics();
        try (JsonGenerator out =
                AsciiJson.FACTORY.createGenerator(ObjectWriteContext.empty(), terminal.out())) {
            out.writeStartObject();
            out.writeNumberProperty("formatVersion", 1);
            out.writeStringProperty("file", file);
            out.writeNumberProperty("pageSize", loaded.pageSize().bytes());
            out.writeStringProperty("pageSizeSource", label(loaded.pageSize().source()));
            out.writeBooleanProperty("complete", missing.complete() && !missing.noMemory());
            out.writeNumberProperty("sections", statistics.sections());
            out.writeStringProperty("discardedBytes", Long.toString(statistics.discarded()));
            out.writeArrayPropertyStart("blocks");
            for (int i = 0; i < counts.size(); i++) {
                PageCensus.Count count = counts.get(i);
                RamCoverage.BlockCoverage covered = missing.coverage().blocks().get(i);
                out.writeStartObject();
                out.writeStringProperty("name", count.block().name());
                out.writeStringProperty("length", Long.toString(count.block().length()));
                out.writeStringProperty("memory", memoryLabel(count.block(), image, covered));
                out.writeBooleanProperty("inStream", inStream(count.block(), image, covered));
                out.writeStringProperty("missingPages", Long.toString(covered.missingPages()));
                out.writeArrayPropertyStart("missing");
                for (RamCoverage.Range range : covered.missing()) {
                    out.writeStartObject();
                    out.writeStringProperty("start", Long.toString(range.start()));
                    out.writeStringProperty("end", Long.toString(range.end()));
                    out.writeEndObject();
                }
                out.writeEndArray();
                out.writeStringProperty("zeroPages", Long.toString(count.zero()));
                out.writeStringProperty("uniquePages", Long.toString(count.unique()));
                out.writeStringProperty("repeatedPages", Long.toString(count.repeated()));
                out.writeObjectPropertyStart("sent");
                Map<RamStatistics.Encoding, Long> sent =
                        statistics.pages().getOrDefault(count.block().name(), Map.of());
                sent.forEach(
                        (how, pages) -> out.writeStringProperty(label(how), Long.toString(pages)));
                out.writeEndObject();
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeArrayPropertyStart("evidence");
            for (MissingMemory evidence : missing.coverage().evidence()) {
                out.writeStartObject();
                out.writeStringProperty("kind", label(evidence.kind()));
                out.writeStringProperty("message", evidence.message());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        }
    }

    /// The availability of a block's memory as one word.
    private static String memoryLabel(
            RamBlock block, RamImage image, RamCoverage.BlockCoverage covered) {
        return image.replaced(block) ? "file" : label(covered.extent());
    }

    private static boolean inStream(
            RamBlock block, RamImage image, RamCoverage.BlockCoverage covered) {
        return !image.replaced(block)
                && (covered.extent() == RamCoverage.Extent.COMPLETE
                        || covered.extent() == RamCoverage.Extent.PARTIAL);
    }

    private static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
