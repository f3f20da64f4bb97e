// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.container.Layer;
import org.vmstate.container.LibvirtHeader;
import org.vmstate.inspect.MachineReader;
import org.vmstate.internal.file.OutputFile;
import org.vmstate.migration.StreamSender;
import org.vmstate.ram.RamFormat;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;
import org.vmstate.ram.RamRewriter;
import org.vmstate.stream.Section;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamTransform;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Writes a stream with its memory in another format, in two passes: first loads the memory, then
/// writes the elements.
final class RamConversion {
    private final RamFormat format;
    private final MemoryOptions memory;
    private final int outputChannels;
    private final Optional<Layer.LibvirtImage> libvirt;
    private final StreamTransform transform;
    private final Terminal terminal;

    /// @param memory the options for the input's memory outside the main stream
    /// @param outputChannels the number of channels of a multifd output
    /// @param libvirt the libvirt header to write before the stream, if any
    RamConversion(
            RamFormat format,
            MemoryOptions memory,
            int outputChannels,
            Optional<Layer.LibvirtImage> libvirt,
            StreamTransform transform,
            Terminal terminal) {
        this.format = format;
        this.memory = memory;
        this.outputChannels = format.multifd() ? outputChannels : 0;
        this.libvirt = libvirt;
        this.transform = transform;
        this.terminal = terminal;
    }

    /// Converts to standard output, which is not possible for multifd. Returns false, and writes
    /// nothing, if memory is missing.
    boolean toStandardOutput(WireReader in, Optional<VmDescription> description)
            throws IOException, UsageException {
        try (RamImage image = RamImage.temporary(temporary())) {
            return convert(in, description, image, terminal.data(), List.of());
        }
    }

    private static Path temporary() {
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    /// Converts to a file and, for multifd, further files for the channels. Returns false, and
    /// creates no file, if memory is missing.
    boolean toFile(WireReader in, Optional<VmDescription> description, Path target)
            throws IOException, UsageException {
        List<OutputFile> files = new ArrayList<>();
        try (RamImage image = RamImage.temporary(OutputFile.scratchFolder(target, temporary()))) {
            for (int i = 1; i <= outputChannels; i++) {
                files.add(
                        OutputFile.create(target.resolveSibling(target.getFileName() + ".ch" + i)));
            }
            OutputFile main = OutputFile.create(target);
            files.add(main);
            if (format == RamFormat.MAPPED_RAM && !main.seekable()) {
                throw new IOException(
                        target
                                + " is not a regular file: mapped-ram cannot be written sequentially");
            }
            boolean converted =
                    convert(
                            in,
                            description,
                            image,
                            main.channel(),
                            files.subList(0, outputChannels).stream()
                                    .map(OutputFile::channel)
                                    .toList());
            if (converted) {
                OutputFile.commit(files);
            }
            return converted;
        } finally {
            for (OutputFile file : files) {
                file.close();
            }
        }
    }

    /// Sends the stream, with the commands that open the return path.
    @FunctionalInterface
    interface Sender {
        /// Called when the memory has been loaded.
        void send(StreamSender.Content content) throws IOException;
    }

    /// Converts to a destination that waits. Returns false, and sends nothing, if memory is
    /// missing.
    boolean toDestination(WireReader in, Sender sender) throws IOException, UsageException {
        try (RamImage image = RamImage.temporary(temporary())) {
            long start = in.position();
            RamReader.Result ram = load(in, image);
            if (ram == null) {
                return false;
            }
            in.seek(start);
            sender.send(
                    to -> write(in, Optional.empty(), image, ram, true, to.main(), to.channels()));
            return true;
        }
    }

    private boolean convert(
            WireReader in,
            Optional<VmDescription> description,
            RamImage image,
            WritableByteChannel main,
            List<? extends WritableByteChannel> channels)
            throws IOException, UsageException {
        long start = in.position();
        RamReader.Result ram = load(in, image);
        if (ram == null) {
            return false;
        }
        in.seek(start);
        write(in, description, image, ram, false, main, channels);
        return true;
    }

    /// Loads the memory; returns null if some is missing.
    private RamReader.@Nullable Result load(WireReader in, RamImage image)
            throws IOException, UsageException {
        RamReader.Result ram = MemoryLoad.load(in, memory, image, terminal.err());
        MissingReport missing = new MissingReport(image, ram);
        if (missing.noMemory()) {
            throw new UsageException("no guest memory in this stream");
        }
        missing.print(terminal);
        if (!missing.complete()) {
            terminal.message("memory is missing, so the stream is not converted");
            return null;
        }
        if (ram.pageSize().assumed()) {
            throw new UsageException("the page size is not in the stream; see --page-size");
        }
        if (ram.pageSize().bytes() < format.minPageSize()) {
            throw new UsageException(
                    "pages of "
                            + ram.pageSize().bytes()
                            + " bytes are too small for the flags of this format");
        }
        return ram;
    }

    private void write(
            WireReader in,
            Optional<VmDescription> description,
            RamImage image,
            RamReader.Result ram,
            boolean returnPath,
            WritableByteChannel main,
            List<? extends WritableByteChannel> channels)
            throws IOException {
        WireWriter out = WireWriter.to(main);
        if (libvirt.isPresent()) {
            out.bytes(LibvirtHeader.bytes(libvirt.get()));
        }
        MachineReader machine = Machines.walked(in, description);
        try (RamRewriter rewriter =
                new RamRewriter(out, image, format, ram.pageSize().bytes(), channels)) {
            boolean opens = returnPath;
            for (StreamElement added : transform.atStart()) {
                rewriter.write(added);
            }
            for (StreamElement e = machine.next(); e != null; e = machine.next()) {
                if (e instanceof Section && opens) {
                    StreamSender.Connection.openReturnPath(out);
                    opens = false;
                }
                try {
                    for (StreamElement changed : transform.apply(e)) {
                        rewriter.write(changed);
                    }
                } catch (VMStateException failure) {
                    throw failure.at(machine.origin().offset());
                }
            }
            for (StreamElement added : transform.atEnd()) {
                rewriter.write(added);
            }
        }
        out.flush();
    }
}
