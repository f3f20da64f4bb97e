// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import org.vmstate.internal.format.FormatLimits;
import org.vmstate.internal.format.SectionNames;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The section that contains the machine type and other properties that source and destination must
/// have in common.
///
/// ```
/// 0x07  u32 n  machine type[n]  subsection*
/// subsection := 0x05 str8 name u32 version  configuration/target-page-bits: u32
///                                           configuration/capabilities:     u32 n, n × str8
///                                           configuration/uuid:             16 bytes
/// ```
///
/// QEMU: `vmstate_configuration`; absent before 2.4 or with `send-configuration=off`.
public record Configuration(String machineType, List<Subsection> subsections)
        implements StreamElement {
    private static final String PREFIX = SectionNames.CONFIGURATION + "/";

    /// Copies the list.
    public Configuration {
        subsections = List.copyOf(subsections);
    }

    /// One optional part of the configuration.
    public sealed interface Subsection {
        /// The version it was sent at; u32.
        long version();

        /// The size of the target's pages as a power of two, sent if the target supports several
        /// sizes.
        record TargetPageBits(long version, int bits) implements Subsection {}

        /// The migration capabilities that source and destination must both have.
        record Capabilities(long version, List<String> names) implements Subsection {
            /// Copies the list.
            public Capabilities {
                names = List.copyOf(names);
            }
        }

        /// The machine's UUID, sent with the capability `validate-uuid`.
        record MachineUuid(long version, UUID uuid) implements Subsection {}
    }

    /// The target's page size as a power of two; empty if the stream does not contain it.
    public OptionalInt targetPageBits() {
        return subsections.stream()
                .filter(Subsection.TargetPageBits.class::isInstance)
                .mapToInt(s -> ((Subsection.TargetPageBits) s).bits())
                .findFirst();
    }

    /// The migration capabilities in the stream; empty if there are none.
    public List<String> capabilities() {
        return subsections.stream()
                .filter(Subsection.Capabilities.class::isInstance)
                .flatMap(s -> ((Subsection.Capabilities) s).names().stream())
                .toList();
    }

    static Configuration read(WireReader in) throws IOException {
        long length = in.u32();
        // QEMU sends the name without a terminator and accepts no name longer than its machine's
        // own.
        in.limits().checkBuffer(length, "machine type", in.position());
        if (length > 0xffff) {
            throw new CorruptException("a machine type of " + length + " bytes", in.position());
        }
        String machineType = in.utf8((int) length);
        List<Subsection> subsections = new ArrayList<>();
        while (in.peek(0) == StreamTags.SUBSECTION) {
            in.limits().checkElements(subsections.size(), "subsections", in.position());
            subsections.add(readSubsection(in));
        }
        return new Configuration(machineType, subsections);
    }

    private static Subsection readSubsection(WireReader in) throws IOException {
        long start = in.position();
        in.skip(1);
        String name = in.str8();
        long version = in.u32();
        try {
            return switch (name) {
                case PREFIX + "target-page-bits" ->
                        new Subsection.TargetPageBits(version, readPageBits(in));
                case PREFIX + "capabilities" ->
                        new Subsection.Capabilities(version, readCapabilities(in));
                case PREFIX + "uuid" ->
                        new Subsection.MachineUuid(version, new UUID(in.int64(), in.int64()));
                default -> throw new UnsupportedException("unknown subsection", start);
            };
        } catch (VMStateException e) {
            throw e.within(name);
        }
    }

    private static int readPageBits(WireReader in) throws IOException {
        long at = in.position();
        long bits = in.u32();
        if (bits < FormatLimits.MIN_PAGE_BITS || bits > FormatLimits.MAX_PAGE_BITS) {
            throw new CorruptException("target pages of 2^" + bits + " bytes", at);
        }
        return (int) bits;
    }

    private static List<String> readCapabilities(WireReader in) throws IOException {
        long at = in.position();
        long count = in.u32();
        in.limits().checkElements(count, "capabilities", at);
        in.require(count);
        List<String> names = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            names.add(in.str8());
        }
        return names;
    }

    void write(WireWriter out) throws IOException {
        byte[] name = machineType.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        out.u8(StreamTags.CONFIGURATION);
        out.u32(name.length);
        out.bytes(name);
        for (Subsection subsection : subsections) {
            out.u8(StreamTags.SUBSECTION);
            switch (subsection) {
                case Subsection.TargetPageBits(long version, int bits) -> {
                    header(out, "target-page-bits", version);
                    out.u32(bits);
                }
                case Subsection.Capabilities(long version, List<String> names) -> {
                    header(out, "capabilities", version);
                    out.u32(names.size());
                    for (String capability : names) {
                        out.str8(capability);
                    }
                }
                case Subsection.MachineUuid(long version, UUID uuid) -> {
                    header(out, "uuid", version);
                    out.int64(uuid.getMostSignificantBits());
                    out.int64(uuid.getLeastSignificantBits());
                }
            }
        }
    }

    private static void header(WireWriter out, String name, long version) throws IOException {
        out.str8(PREFIX + name);
        out.u32(version);
    }
}
