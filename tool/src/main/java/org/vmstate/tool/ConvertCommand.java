// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmstate.container.Layer;
import org.vmstate.container.StreamFile;
import org.vmstate.inspect.MachineReader;
import org.vmstate.internal.file.OutputFile;
import org.vmstate.stream.Body;
import org.vmstate.stream.BodyEnd;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.Description;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionFooter;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamTransform;
import org.vmstate.stream.StreamWriter;
import org.vmstate.tool.show.Wrappings;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `vmstate convert`: reads a stream into the model and writes it from the model.
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        header = "Writes a copy of a stream, with or without some of its parts.",
        customSynopsis = {
            "Examples:",
            "  vmstate convert vm.mig copy.mig                     the same bytes",
            "  vmstate convert vm.mig - --without-vmdesc           no description, to standard output",
            "  vmstate convert vm.mig out.mig --ram mapped-ram     the memory in another format",
            "  vmstate convert main.mig out.mig --ram plain --channel ch1.mig --channel ch2.mig",
            "  vmstate convert cut.mig out.mig --with-vmdesc --describe-with same-machine.mig",
            "",
            "Usage: vmstate convert IN OUT [OPTION…]"
        },
        synopsisHeading = "",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Without options OUT is a copy of IN, including the bytes before and after the stream; if IN is",
            "compressed or a snapshot, OUT is the stream in it. OUT is created only when it is complete; with",
            "--ram, it is not created if memory is missing in IN.",
            "Exit codes: 0 fine, 1 memory is missing, 2 usage, 3 malformed input, 4 I/O error."
        })
final class ConvertCommand implements Callable<Integer> {
    private static final int CHUNK_BYTES = 1 << 20;

    private final Terminal terminal;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
            index = "0",
            paramLabel = "IN",
            description = "A stream or its URL; - is standard input.")
    private String in = "";

    @Parameters(index = "1", paramLabel = "OUT", description = "A file; - is standard output.")
    private String out = "";

    @Mixin private InputOptions input = new InputOptions();
    @Mixin private RamOptions ram = new RamOptions();
    @ArgGroup private VmdescOption vmdesc = new VmdescOption();
    @ArgGroup private FooterOption footers = new FooterOption();
    @ArgGroup private ConfigurationOption configuration = new ConfigurationOption();

    @Option(
            names = "--describe-with",
            paramLabel = "OTHER",
            description =
                    "Take description and configuration from this stream of the same machine.")
    private @Nullable String describeWith;

    /// The options about the description.
    static final class VmdescOption {
        @Option(names = "--without-vmdesc", description = "Leave out the description at the end.")
        private boolean without;

        @Option(
                names = "--with-vmdesc",
                description = "Add the description of --describe-with; its devices must fit.")
        private boolean with;

        boolean changed() {
            return without || with;
        }
    }

    /// The options about footers.
    static final class FooterOption {
        @Option(names = "--without-footers", description = "Leave out the sections' footers.")
        private boolean without;

        @Option(names = "--with-footers", description = "Give every section a footer.")
        private boolean with;

        boolean changed() {
            return without || with;
        }
    }

    /// The options about the configuration.
    static final class ConfigurationOption {
        @Option(
                names = "--without-configuration",
                description = "Leave out the configuration section.")
        private boolean without;

        @Option(
                names = "--with-configuration",
                description = "Add the configuration section of --describe-with.")
        private boolean with;

        boolean changed() {
            return without || with;
        }
    }

    ConvertCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, UsageException {
        UsageException.checkName(Path.of(out), "OUT");
        Optional<ReferenceStream> reference = Optional.empty();
        if (describeWith != null) {
            reference = Optional.of(ReferenceStream.read(describeWith, terminal));
        }
        try (StreamFile opened = Input.open(in, input.chosen(), terminal)) {
            Optional<ReferenceStream> described = reference;
            return Input.reading(in, () -> convert(opened, described));
        }
    }

    private int convert(StreamFile opened, Optional<ReferenceStream> reference)
            throws IOException, UsageException {
        WireReader reader = opened.reader().retained();
        if (ram.chosen()) {
            return convertRam(opened, reader, reference) ? ExitCode.FINE : ExitCode.FINDINGS;
        }
        MachineReader machine =
                Machines.walked(reader, reference.flatMap(ReferenceStream::description));
        StreamTransform transform = transform(reference);
        if (out.equals("-")) {
            convert(opened, reader, machine, transform, terminal.data());
        } else {
            try (OutputFile file = OutputFile.create(Path.of(out))) {
                convert(opened, reader, machine, transform, file.channel());
                file.commit();
            }
        }
        return ExitCode.FINE;
    }

    private boolean convertRam(
            StreamFile opened, WireReader reader, Optional<ReferenceStream> reference)
            throws IOException, UsageException {
        RamConversion conversion =
                ram.conversion(spec.commandLine(), opened, transform(reference), terminal);
        Optional<VmDescription> description = reference.flatMap(ReferenceStream::description);
        if (!out.equals("-")) {
            return conversion.toFile(reader, description, Path.of(out));
        } else if (ram.multifd()) {
            throw refusal("multifd channels need an output file");
        } else {
            return conversion.toStandardOutput(reader, description);
        }
    }

    /// Writes the bytes before the stream, the stream, and, if nothing is changed, the bytes after
    /// it.
    private void convert(
            StreamFile opened,
            WireReader reader,
            MachineReader machine,
            StreamTransform transform,
            WritableByteChannel channel)
            throws IOException, UsageException {
        long start = reader.position();
        WireWriter bytes = WireWriter.to(channel);
        writePrefix(opened, bytes);
        long before = bytes.position();
        StreamWriter writer = new StreamWriter(bytes);
        writer.write(transform.atStart());
        for (StreamElement e = machine.next(); e != null; e = machine.next()) {
            check(e, machine);
            writer.write(transform.apply(e));
        }
        writer.write(transform.atEnd());
        if (opened.undoneLayers().isEmpty() && !changed()) {
            reader.seek(start + bytes.position() - before);
            long left = reader.remaining().orElseThrow();
            while (left > 0) {
                long step = Math.min(CHUNK_BYTES, left);
                bytes.bytes(reader.view(reader.position(), step));
                reader.skip(step);
                left -= step;
            }
        }
        bytes.flush();
    }

    private boolean changed() {
        return vmdesc.changed() || footers.changed() || configuration.changed();
    }

    /// Writes the bytes before the stream; prints what is omitted and why.
    private void writePrefix(StreamFile opened, WireWriter bytes) throws IOException {
        List<Layer> undone = opened.undoneLayers();
        List<Layer> before = opened.layers().subList(undone.size(), opened.layers().size());
        if (!undone.isEmpty()) {
            terminal.message(
                    "the output is the stream without what is around it: " + words(undone));
        }
        if (changed() && before.stream().anyMatch(ConvertCommand::countsTheStream)) {
            terminal.message("left out, since the lengths in it would be wrong: " + words(before));
        } else if (!opened.writePrefix(bytes)) {
            terminal.message("left out, since it came through a pipe: " + words(before));
        } else if (changed() && before.stream().anyMatch(Layer.Foreign.class::isInstance)) {
            terminal.message("before the stream, as they were: " + words(before));
        }
    }

    /// Whether a header is known to contain the length of the data after it.
    private static boolean countsTheStream(Layer layer) {
        return layer instanceof Layer.Foreign foreign
                && foreign.program().filter("xl save"::equals).isPresent();
    }

    private static String words(List<Layer> layers) {
        return String.join(", ", Wrappings.lines(layers));
    }

    private StreamTransform transform(Optional<ReferenceStream> reference) throws UsageException {
        StreamTransform transform = StreamTransform.IDENTITY;
        if (vmdesc.changed()) {
            transform = transform.then(StreamTransform.without(Description.class));
            if (vmdesc.with) {
                VmDescription other =
                        reference
                                .flatMap(ReferenceStream::description)
                                .orElseThrow(() -> needsOther("--with-vmdesc", "description"));
                transform =
                        transform.then(
                                StreamTransform.withDescription(
                                        new Description(Body.of(other.text()))));
            }
        }
        if (footers.changed()) {
            transform = transform.then(StreamTransform.without(SectionFooter.class));
            if (footers.with) {
                transform = transform.then(StreamTransform.withFooters());
            }
        }
        if (configuration.changed()) {
            transform = transform.then(StreamTransform.without(Configuration.class));
            if (configuration.with) {
                Configuration other =
                        reference
                                .flatMap(ReferenceStream::configuration)
                                .orElseThrow(
                                        () -> needsOther("--with-configuration", "configuration"));
                transform = transform.then(StreamTransform.withConfiguration(other));
            }
        }
        return transform;
    }

    /// Refuses to write a stream that no reader could read.
    private void check(StreamElement element, MachineReader machine)
            throws CorruptException, UsageException {
        if (element instanceof Configuration c
                && configuration.changed()
                && !c.capabilities().isEmpty()) {
            throw refusal(
                    "the configuration names capabilities that the RAM depends on: "
                            + String.join(", ", c.capabilities()));
        }
        if (element instanceof Section
                && (footers.changed() || configuration.changed())
                && machine.context().capabilities().contains("mapped-ram")) {
            throw refusal("the pages of a mapped-ram stream have absolute offsets and cannot move");
        }
        if (element instanceof Section.Full
                && vmdesc.with
                && machine.origin().bodyEnd().orElseThrow() != BodyEnd.DESCRIBED) {
            throw new CorruptException(
                    "the description in " + describeWith + " does not fit this section",
                    machine.origin().offset());
        }
    }

    private static UsageException refusal(String why) {
        return new UsageException(why);
    }

    private static UsageException needsOther(String option, String what) {
        return refusal(option + " needs --describe-with OTHER with a " + what);
    }
}
