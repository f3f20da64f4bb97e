// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmstate.compare.DiffRules;
import org.vmstate.container.StreamFile;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.internal.file.OutputFile;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamContext;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;
import org.vmstate.stream.Expectations;
import org.vmstate.tool.report.Report;
import org.vmstate.tool.report.ReportPage;
import org.vmstate.tool.report.ReportReader;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vmstate report`: writes a page for a browser.
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        header = "Writes a page for a browser: devices, values, bytes, and a map of the memory.",
        customSynopsis = {
            "Examples:",
            "  vmstate report vm.mig -o vm.html                      all of it in one file, without network",
            "  vmstate report before.mig after.mig -o diff.html      with the differences",
            "  vmstate report vm.mig -o vm.html --memory pc.ram@0x7c00+512   with bytes of the memory",
            "",
            "Usage: vmstate report FILE [OTHER] -o OUT [OPTION…]"
        },
        synopsisHeading = "",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "The page contains the bytes of the devices, which may be confidential, but none of the guest's",
            "memory unless --memory is given. It is smaller than 20 MB; see docs/guide/report.md.",
            "Exit codes: 0 fine, 1 the stream contradicts its own description, 2 usage,",
            "3 malformed input (the page has the part before the error), 4 I/O error."
        })
final class ReportCommand implements Callable<Integer> {
    private static final int MAX_MEMORY_BYTES = 1 << 20;

    private final Terminal terminal;

    @Parameters(
            index = "0",
            paramLabel = "FILE",
            description = "A stream or its URL; - is standard input.")
    private String file = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "OTHER",
            description = "A stream to compare it with.")
    private @Nullable String other;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "OUT",
            description = "The page, an HTML file; - is standard output.")
    private String out = "";

    @Option(
            names = "--memory",
            paramLabel = "RANGE",
            description =
                    "Include these bytes of the memory, as BLOCK@OFFSET+LENGTH; may be repeated, up to 1 MiB.")
    private List<String> memory = List.of();

    @Option(
            names = "--all",
            description = "With OTHER, show differences of clocks, timers and form as well.")
    private boolean all;

    @Mixin private InputOptions input = new InputOptions();

    ReportCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /// A range of the memory.
    private record Range(String block, long offset, int length) {
        static Range of(String text) throws UsageException {
            int plus = text.lastIndexOf('+');
            int at = plus < 0 ? -1 : text.lastIndexOf('@', plus);
            try {
                if (at > 0) {
                    long offset = Long.decode(text.substring(at + 1, plus));
                    int length = Integer.decode(text.substring(plus + 1));
                    if (offset >= 0 && length > 0) {
                        return new Range(text.substring(0, at), offset, length);
                    }
                }
            } catch (NumberFormatException e) {
                // reported below
            }
            throw new UsageException("--memory is BLOCK@OFFSET+LENGTH, not " + text);
        }
    }

    @Override
    public Integer call() throws IOException, UsageException {
        if (file.equals("-") && "-".equals(other)) {
            throw new UsageException("only one of FILE and OTHER can be standard input");
        }
        if (all && other == null) {
            throw new UsageException("--all is about differences and needs OTHER");
        }
        UsageException.checkName(Path.of(out), "-o");
        List<Range> ranges = ranges();
        try (StreamFile opened = Input.open(file, input.chosen(), terminal)) {
            WireReader in = ranges.isEmpty() ? opened.reader() : opened.reader().retained();
            long start = in.position();
            ReportReader reader = new ReportReader(Input.label(file), in, opened.layers());
            if (!ranges.isEmpty()) {
                for (Report.Bytes bytes : read(in, ranges)) {
                    reader.memory(bytes);
                }
                in.seek(start);
            }
            Report report = other == null ? read(reader) : compare(reader, other);
            write(new ReportPage(report));
            if (reader.failure().isPresent()) {
                throw reader.failure().get().within(Input.label(file));
            }
            return report.findings() == 0 ? ExitCode.FINE : ExitCode.FINDINGS;
        }
    }

    private Report read(ReportReader reader) throws IOException {
        try {
            return reader.read();
        } catch (VMStateException e) {
            throw e.within(Input.label(file));
        }
    }

    private Report compare(ReportReader reader, String with) throws IOException {
        try (StreamFile opened = Input.open(with, input.chosen(), terminal)) {
            return reader.compare(
                    Input.label(with),
                    opened.reader(),
                    all ? DiffRules.ALL : DiffRules.DEFAULT,
                    Path.of(System.getProperty("java.io.tmpdir")));
        }
    }

    private List<Range> ranges() throws UsageException {
        List<Range> ranges = new ArrayList<>();
        long sum = 0;
        for (String text : memory) {
            Range range = Range.of(text);
            ranges.add(range);
            sum += range.length();
        }
        if (sum > MAX_MEMORY_BYTES) {
            throw new UsageException("--memory is for at most 1 MiB");
        }
        return ranges;
    }

    private List<Report.Bytes> read(WireReader in, List<Range> ranges)
            throws IOException, UsageException {
        List<Report.Bytes> read = new ArrayList<>();
        try (RamImage image = RamImage.temporary(Path.of(System.getProperty("java.io.tmpdir")))) {
            RamReader.of(new BuiltInHandlers(new RamContext()), Expectations.NONE).read(in, image);
            for (Range range : ranges) {
                read.add(read(image, range));
            }
        } catch (VMStateException e) {
            throw e.within(Input.label(file));
        }
        return read;
    }

    private static Report.Bytes read(RamImage image, Range range)
            throws IOException, UsageException {
        RamBlock block = image.block(range.block());
        if (block == null) {
            throw new UsageException("--memory: the stream has no block " + range.block());
        }
        if (range.offset() > block.length() - range.length()) {
            throw new UsageException(
                    "--memory: " + range.block() + " has only " + block.length() + " bytes");
        }
        OptionalLong missing = image.nextMissing(block, range.offset());
        if (missing.isPresent() && missing.getAsLong() < range.offset() + range.length()) {
            throw new UsageException(
                    "--memory: the page at "
                            + missing.getAsLong()
                            + " of "
                            + range.block()
                            + " is not in the stream");
        }
        byte[] content = new byte[range.length()];
        image.read(block, range.offset(), content, 0, content.length);
        return new Report.Bytes(block.name(), range.offset(), content.length, true, content);
    }

    private void write(ReportPage page) throws IOException {
        if (out.equals("-")) {
            write(page, terminal.data());
            return;
        }
        try (OutputFile target = OutputFile.create(Path.of(out))) {
            write(page, target.channel());
            target.commit();
        }
    }

    private static void write(ReportPage page, WritableByteChannel channel) throws IOException {
        Writer writer = new BufferedWriter(Channels.newWriter(channel, UTF_8));
        page.writeTo(writer);
        writer.flush();
    }
}
