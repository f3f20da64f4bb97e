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
import org.vmstate.ram.PageCensus;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;
import org.vmstate.ram.RamStatistics;
import org.vmstate.wire.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// `vmstate ram`: what the memory in a stream is like.
@Command(
        name = "ram",
        mixinStandardHelpOptions = true,
        header =
                "Says what guest memory is in a stream: blocks, zero and repeated pages, encodings.",
        customSynopsis = {
            "Examples:",
            "  vmstate ram vm.mig                      blocks and what is in them",
            "  vmstate ram vm.mig --map memory.png     a picture of it",
            "  vmstate ram main.mig --channel ch1.mig --channel ch2.mig --json",
            "",
            "Usage: vmstate ram FILE [OPTION…]"
        },
        synopsisHeading = "",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "A page is repeated if one before it has the same content. Pages sent count each time they came.",
            "Exit codes: 0 fine, 2 usage, 3 malformed input, 4 I/O error."
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
            paramLabel = "PNG",
            description = "Draw a picture of the memory: zero, text, code-like, high entropy.")
    private @Nullable Path map;

    @Mixin private SnapshotOption snapshot = new SnapshotOption();
    @Mixin private ChannelOption channels = new ChannelOption();

    RamCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        Path scratch = Path.of(System.getProperty("java.io.tmpdir"));
        try (StreamFile opened = Input.open(file, snapshot.chosen(), terminal);
                RamImage image = RamImage.temporary(scratch)) {
            RamReader.Result loaded;
            try (Progress progress =
                    new Progress(spec.commandLine().getErr(), opened.reader(), channels.files())) {
                loaded = MemoryLoad.load(opened.reader(), channels.files(), image, progress);
            }
            List<PageCensus.Count> counts = new PageCensus(image, loaded.pageSize()).count(scratch);
            if (map != null) {
                draw(map, image, loaded.pageSize());
            }
            PrintWriter out = terminal.text();
            if (json) {
                json(counts, image, loaded);
            } else {
                text(out, counts, image, loaded);
                if (map != null) {
                    out.println();
                    out.println(map + ": " + MemoryMap.legend());
                }
            }
            if (out.checkError()) {
                throw new IOException("cannot write to standard output");
            }
        }
        return ExitCode.FINE;
    }

    private static void draw(Path target, RamImage image, int pageSize) throws IOException {
        try (OutputFile output = OutputFile.create(target)) {
            OutputStream stream =
                    new BufferedOutputStream(Channels.newOutputStream(output.channel()));
            MemoryMap.of(image, pageSize).writeTo(stream);
            stream.flush();
            output.commit();
        }
    }

    private void text(
            PrintWriter out,
            List<PageCensus.Count> counts,
            RamImage image,
            RamReader.Result loaded) {
        RamStatistics statistics = loaded.statistics();
        out.println(terminal.strong(Printable.text(Input.label(file))));
        out.printf("  page size  %d bytes%n", loaded.pageSize());
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
        for (PageCensus.Count count : counts) {
            if (image.carried(count.block())) {
                out.printf(
                        "  %-40s %,15d %,11d %,11d %,11d%n",
                        Printable.text(count.block().name()),
                        count.block().length(),
                        count.zero(),
                        count.unique(),
                        count.repeated());
            } else {
                out.printf(
                        "  %-40s %,15d  shared, not in the stream%n",
                        Printable.text(count.block().name()), count.block().length());
            }
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

    private void json(List<PageCensus.Count> counts, RamImage image, RamReader.Result loaded) {
        RamStatistics statistics = loaded.statistics();
        try (JsonGenerator out =
                new JsonFactory().createGenerator(ObjectWriteContext.empty(), terminal.out())) {
            out.writeStartObject();
            out.writeNumberProperty("formatVersion", 1);
            out.writeStringProperty("file", file);
            out.writeNumberProperty("pageSize", loaded.pageSize());
            out.writeNumberProperty("sections", statistics.sections());
            out.writeStringProperty("discardedBytes", Long.toString(statistics.discarded()));
            out.writeArrayPropertyStart("blocks");
            for (PageCensus.Count count : counts) {
                out.writeStartObject();
                out.writeStringProperty("name", count.block().name());
                out.writeStringProperty("length", Long.toString(count.block().length()));
                out.writeBooleanProperty("inStream", image.carried(count.block()));
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
            out.writeEndObject();
        }
    }

    private static String label(RamStatistics.Encoding encoding) {
        return encoding.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
