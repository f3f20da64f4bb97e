// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.container.Layer;
import org.vmstate.container.LibvirtHeader;
import org.vmstate.container.StreamFile;
import org.vmstate.ram.RamFormat;
import org.vmstate.stream.StreamTransform;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// The options of `vmstate convert` for memory.
final class RamOptions {
    private static final int SPARSE_VERSION = 3;
    private static final int VERSION = 2;

    @Option(
            names = "--ram",
            paramLabel = "FORMAT",
            description =
                    "Write the memory in another format: plain, xbzrle, zlib, mapped-ram, multifd, multifd-zlib or multifd-zstd (channels go to OUT.ch1, OUT.ch2, …).")
    private @Nullable String format;

    @Mixin private MemoryOptions memory = new MemoryOptions();

    @Option(
            names = "--channels",
            paramLabel = "N",
            description = "The number of channels of a multifd OUT (default 2).")
    private int outputChannels = 2;

    @Option(
            names = "--libvirt",
            description = "Make OUT a libvirt save image, with --ram; see --domain-xml.")
    private boolean libvirt;

    @Option(
            names = "--domain-xml",
            paramLabel = "FILE",
            description = "The domain's XML for --libvirt, unless IN is such an image itself.")
    private @Nullable Path domainXml;

    boolean chosen() {
        return format != null || libvirt;
    }

    boolean multifd() {
        return ramFormat().map(RamFormat::multifd).orElse(false);
    }

    RamConversion conversion(
            CommandLine command, StreamFile in, StreamTransform transform, Terminal terminal)
            throws IOException {
        RamFormat chosen =
                ramFormat()
                        .orElseThrow(
                                () ->
                                        new ParameterException(
                                                command,
                                                "--ram is plain, xbzrle, zlib, mapped-ram, multifd, multifd-zlib or multifd-zstd"));
        if (outputChannels < 1 || outputChannels > 255) {
            throw new ParameterException(command, "--channels is 1 to 255");
        }
        if (libvirt && chosen.multifd()) {
            throw new ParameterException(command, "a libvirt save image has no channels beside it");
        }
        return new RamConversion(
                chosen,
                memory,
                outputChannels,
                libvirt ? Optional.of(image(command, in, chosen)) : Optional.empty(),
                transform,
                terminal);
    }

    private Optional<RamFormat> ramFormat() {
        if (format == null) {
            return Optional.of(RamFormat.PLAIN);
        }
        for (RamFormat candidate : RamFormat.values()) {
            if (candidate.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(format)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    private Layer.LibvirtImage image(CommandLine command, StreamFile in, RamFormat chosen)
            throws IOException {
        Optional<Layer.LibvirtImage> source = in.libvirtImage();
        if (domainXml == null && source.isEmpty()) {
            throw new ParameterException(command, "--libvirt needs --domain-xml FILE");
        }
        boolean sparse = chosen == RamFormat.MAPPED_RAM;
        return new Layer.LibvirtImage(
                true,
                sparse ? SPARSE_VERSION : VERSION,
                source.map(Layer.LibvirtImage::running).orElse(true),
                sparse ? LibvirtHeader.Format.SPARSE : LibvirtHeader.Format.RAW,
                domainXml != null
                        ? Files.readString(domainXml, StandardCharsets.UTF_8)
                        : source.orElseThrow().domainXml(),
                source.flatMap(Layer.LibvirtImage::cookieXml));
    }
}
