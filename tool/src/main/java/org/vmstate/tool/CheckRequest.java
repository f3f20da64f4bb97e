// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.compare.CheckResult;
import org.vmstate.compare.Destination;
import org.vmstate.compare.Explanation;
import org.vmstate.compare.LibvirtHost;
import org.vmstate.compare.MachineDescriptions;
import org.vmstate.compare.MigrationCheck;
import org.vmstate.compare.QemuVersion;
import org.vmstate.compare.StreamVerification;
import org.vmstate.container.StreamFile;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.tool.check.CheckText;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// The inputs of a check: a source, and what is known of its destination.
///
/// @param version the version of the destination, if it was given
record CheckRequest(
        String source,
        List<String> destinations,
        @Nullable QemuVersion version,
        Input.Choice choice) {

    /// A result, and what it is based on.
    record Checked(CheckResult result, CheckText.Against against) {}

    /// Reads the inputs and checks them.
    Checked run(Terminal terminal) throws IOException, UsageException {
        if (Collections.frequency(destinations, "-") > (source.equals("-") ? 0 : 1)) {
            throw new UsageException("standard input can be read only once");
        }
        try (Opened known = open(terminal)) {
            try (Input input = new Input(source, choice, terminal)) {
                if (text(input, source) == '{') {
                    return checkDump(dump(input, source), known);
                }
                try (StreamFile stream = input.openStream()) {
                    return checkStream(stream, known);
                }
            }
        }
    }

    /// What is known of the destination, and the open streams in it.
    private static final class Opened implements AutoCloseable {
        private final List<StreamFile> streams = new ArrayList<>();
        private @Nullable MachineDescriptions descriptions;
        private @Nullable SavedMachine reference;
        private @Nullable LibvirtHost libvirt;

        boolean isEmpty() {
            return descriptions == null && reference == null && libvirt == null;
        }

        @Override
        public void close() throws IOException {
            for (StreamFile stream : streams) {
                stream.close();
            }
        }
    }

    private Opened open(Terminal terminal) throws IOException, UsageException {
        Opened known = new Opened();
        try {
            for (String name : destinations) {
                open(name, known, terminal);
            }
            return known;
        } catch (IOException | UsageException | RuntimeException e) {
            try (known) {
                throw e;
            }
        }
    }

    private static void open(String name, Opened known, Terminal terminal)
            throws IOException, UsageException {
        try (Input input = new Input(name, Input.Choice.DEFAULT, terminal)) {
            switch (text(input, name)) {
                case '{' -> {
                    once(known.descriptions, name, "dump");
                    known.descriptions = dump(input, name);
                }
                case '<' -> {
                    once(known.libvirt, name, "file of libvirt's XML");
                    try {
                        known.libvirt =
                                LibvirtHost.parse(new String(all(input), StandardCharsets.UTF_8));
                    } catch (VMStateException e) {
                        throw e.within(Input.label(name));
                    }
                }
                default -> {
                    once(known.reference, name, "stream");
                    StreamFile stream = input.openStream();
                    known.streams.add(stream);
                    try {
                        known.reference = read(stream);
                    } catch (VMStateException e) {
                        throw e.within(Input.label(name));
                    }
                }
            }
        }
    }

    private static void once(@Nullable Object known, String name, String what)
            throws UsageException {
        if (known != null) {
            throw new UsageException(
                    Input.label(name) + ": a second " + what + ", but there is one destination");
        }
    }

    /// The first character of a text, or 0 if the input is not one.
    private static int text(Input input, String name) throws IOException {
        try {
            WireReader bytes = input.bytes();
            int at = 0;
            int first = bytes.peek(at);
            while (first == ' ' || first == '\n' || first == '\r' || first == '\t') {
                first = bytes.peek(++at);
            }
            return first == '{' || first == '<' ? first : 0;
        } catch (VMStateException e) {
            throw e.within(Input.label(name));
        }
    }

    private static byte[] all(Input input) throws IOException {
        WireReader in = input.bytes().retained();
        long size = in.remaining().orElseThrow();
        in.limits().checkDescription(size, 0);
        return in.bytes((int) size);
    }

    private static MachineDescriptions dump(Input input, String name) throws IOException {
        try {
            return MachineDescriptions.parse(all(input), input.bytes().limits());
        } catch (VMStateException e) {
            throw e.within(Input.label(name));
        }
    }

    private static SavedMachine read(StreamFile stream) throws IOException {
        return SavedMachine.read(reader(stream));
    }

    private static MachineReader reader(StreamFile stream) throws IOException {
        WireReader in = stream.reader();
        return MachineReader.of(in.seekable() ? in : in.retained());
    }

    private Checked checkDump(MachineDescriptions dump, Opened known) throws UsageException {
        if (known.descriptions == null
                || known.reference != null
                || known.libvirt != null
                || version != null) {
            throw new UsageException(
                    Input.label(source)
                            + " is a dump (-dump-vmstate), which is compared with another dump only");
        }
        return new Checked(MigrationCheck.check(dump, known.descriptions), CheckText.Against.DUMP);
    }

    private Checked checkStream(StreamFile stream, Opened known) throws IOException {
        if (known.isEmpty() && version == null) {
            return new Checked(
                    StreamVerification.verify(SavedMachine.read(reader(stream).recordPages())),
                    CheckText.Against.NOTHING);
        }
        SavedMachine machine = read(stream);
        Optional<String> domain = stream.libvirtImage().map(image -> image.domainXml());
        CheckResult result =
                domain.isPresent()
                        ? MigrationCheck.check(machine, domain.get(), destination(known))
                        : MigrationCheck.check(machine, destination(known));
        return new Checked(
                result,
                known.reference == null
                        ? CheckText.Against.DESCRIPTIONS
                        : CheckText.Against.REFERENCE);
    }

    private Destination destination(Opened known) {
        Destination.Builder destination = Destination.builder();
        if (known.descriptions != null) {
            destination.descriptions(known.descriptions);
        }
        if (known.reference != null) {
            destination.reference(known.reference);
        }
        if (version != null) {
            destination.version(version);
        }
        if (known.libvirt != null) {
            destination.libvirt(known.libvirt);
        }
        return destination.build();
    }

    /// Explains a message with these inputs.
    Optional<Explanation> explain(String message, Terminal terminal)
            throws IOException, UsageException {
        try (Opened known = open(terminal);
                StreamFile stream = Input.open(source, choice, terminal)) {
            SavedMachine machine = read(stream);
            return known.isEmpty() && version == null
                    ? Explanation.of(message, machine)
                    : Explanation.of(message, machine, destination(known));
        }
    }
}
