// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.nio.ByteOrder;
import java.util.List;
import java.util.regex.Pattern;
import org.vmstate.internal.format.SubsectionHeader;
import org.vmstate.internal.format.TypeNames;
import org.vmstate.vmdesc.FieldDescription;
import org.vmstate.vmdesc.FieldRun;
import org.vmstate.vmdesc.StructDescription;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// Decodes a `virtio` value, of which the description contains only the size.
///
/// ```
/// virtio := transport  device  config[config_len]  u32 n  queue[n]  own state  subsection*
/// queue  := u32 size  u32 align (MMIO)  u64 desc  u16 last_avail_idx  u16 vector (PCI with MSI-X, CCW)
/// ```
///
/// The transport follows from the section's name. The size of the device's own state is known only
/// for devices whose format is known. From the first byte that does not fit the format, the rest is
/// kept as bytes; if that byte is in the queues or before, the whole value is.
final class VirtioDecoder {
    private static final Pattern PCI = Pattern.compile(".*:[0-9a-f]{2}\\.[0-7]/[^/]*");
    private static final Pattern MMIO = Pattern.compile("virtio-mmio@[0-9a-f]+/[^/]*");
    private static final Pattern CCW =
            Pattern.compile("/?[0-9a-f]+\\.[0-9a-f]\\.[0-9a-f]{4}/[^/]*");

    /// The name of the description of every virtio device, which is the prefix of its subsections'
    /// names.
    private static final String VIRTIO = "virtio";

    private static final int PCI_VERSION = 2;
    private static final int PCI_VERSION_BYTES = 4;
    private static final int MAX_QUEUE_SIZE = 1 << 15;
    private static final long FEATURE_NET_OFFLOADS = 1 << 2;

    private final CompositeNode node;
    private final BodyDecoder in;
    private final Region region;
    private boolean align;
    private boolean vector;
    private long features;

    private VirtioDecoder(CompositeNode node, BodyDecoder in) {
        this.node = node;
        this.in = in;
        this.region = in.region();
    }

    /// Decodes the value at a place; its bytes must be available.
    static StateNode decode(NodePlace place, long size, ReadLimits limits) {
        Region region = place.region().part(place.offset(), size);
        CompositeNode node = new CompositeNode(place, size);
        VirtioDecoder decoder = new VirtioDecoder(node, new BodyDecoder(region, limits));
        String section = place.section();
        try {
            decoder.transport(section);
            decoder.device();
        } catch (VMStateException e) {
            // The bytes do not have the expected format, so all of them are kept as they are.
            return new BytesNode(place, size, BytesNode.Kind.OPAQUE);
        }
        try {
            decoder.ownState(section.substring(section.lastIndexOf('/') + 1));
            decoder.subsections();
        } catch (VMStateException e) {
            // The rest is kept as bytes below.
        }
        decoder.rest();
        return node;
    }

    private void transport(String section) throws VMStateException {
        if (PCI.matcher(section).matches()) {
            pci();
        } else if (MMIO.matcher(section).matches()) {
            fields(VirtioLayouts.MMIO_TRANSPORT);
            align = true;
        } else if (CCW.matcher(section).matches()) {
            ccw();
        } else {
            throw new CorruptException("a transport that is not known", in.position());
        }
    }

    private void pci() throws VMStateException {
        long start = in.position();
        region.require(start, PCI_VERSION_BYTES + PciCapabilities.SPACE_BYTES);
        check(region.u32(start) == PCI_VERSION);
        PciCapabilities capabilities = new PciCapabilities(region, start + PCI_VERSION_BYTES);
        int space = capabilities.find(PciCapabilities.EXPRESS) != 0 ? 4096 : 256;
        fields(
                Notation.of(
                        "",
                        "version_id:i32 config:pci-config."
                                + space
                                + " irq_state:pci-irq-state.16"));
        int entries = capabilities.msixEntries();
        if (entries > 0) {
            vector = true;
            fields(
                    Notation.of(
                            "",
                            "msix:msix-state."
                                    + DeviceTypes.msixSize(entries)
                                    + " config_vector:u16"));
        }
    }

    private void ccw() throws VMStateException {
        vector = true;
        fields(VirtioLayouts.CCW_SUBCHANNEL);
        optional("s390_subch_dev", VirtioLayouts.CCW_ORB);
        fields(VirtioLayouts.CCW_INDICATORS);
        optional("s390_adapter_info", VirtioLayouts.CCW_SUMMARY_OFFSET);
        fields(VirtioLayouts.CCW_REVISION);
    }

    private void device() throws VMStateException {
        long start = in.position();
        fields(VirtioLayouts.DEVICE);
        features = region.u32(start + 4);
        long configLength = region.u32(in.position() - 4);
        region.require(in.position(), configLength);
        fields(Notation.of("", "config:buffer." + configLength + " num_queues:u32"));
        long queues = region.u32(in.position() - 4);
        check(queues <= VirtioLayouts.MAX_QUEUES);
        if (queues == 0) {
            return;
        }
        StructDescription queue =
                Notation.of(
                        "",
                        "vring.num:u32 "
                                + (align ? "vring.align:u32 " : "")
                                + "vring.desc:u64 last_avail_idx:u16 "
                                + (vector ? "vector:u16" : ""));
        region.require(in.position(), queues * queue.bodySize());
        for (long i = 0; i < queues; i++) {
            long size = region.u32(in.position() + i * queue.bodySize());
            check(size > 0 && size <= MAX_QUEUE_SIZE);
        }
        array("vq", queue, (int) queues);
    }

    private void ownState(String device) throws VMStateException {
        switch (device) {
            case "virtio-blk" -> noRequests();
            case "virtio-net" -> net();
            case "virtio-balloon" -> fields(VirtioLayouts.BALLOON);
            case "virtio-console", "virtio-serial" -> console();
            case "virtio-iommu" -> {
                field(VirtioIommu.domains(region, in.position()));
                fields(Notation.of("", "config.bypass:u8"));
            }
            default -> {}
        }
    }

    /// Reads an empty list of requests. The format of a request is not implemented.
    private void noRequests() throws VMStateException {
        region.require(in.position(), 1);
        check(region.u8(in.position()) == 0);
        fields(Notation.of("", "requests_end:u8"));
    }

    private void net() throws VMStateException {
        fields(VirtioLayouts.NET);
        long addresses = region.u32(in.position() - 4);
        region.require(in.position(), addresses * 6);
        fields(Notation.of("", "mac_table.macs:buffer." + addresses * 6));
        fields(VirtioLayouts.NET_REST);
        long at = in.position();
        long offloads = (features & FEATURE_NET_OFFLOADS) != 0 ? Long.BYTES : 0;
        if (!ownStateEnds(at + offloads)) {
            queuePairs(at, offloads);
        }
        if (offloads != 0) {
            fields(Notation.of("", "curr_guest_offloads:u64"));
        }
    }

    /// Reads the further state of a network device with several pairs of queues. No earlier field
    /// tells that there are several; the state then does not end here.
    private void queuePairs(long at, long offloads) throws VMStateException {
        region.require(at, 4);
        int current = (int) region.bits(at + 2, 2, ByteOrder.BIG_ENDIAN);
        check(current > 0 && ownStateEnds(at + 4L * current + offloads));
        fields(Notation.of("", "max_queue_pairs:u16 curr_queue_pairs:u16"));
        array("vqs", Notation.of("", "tx_waiting:u32"), current - 1);
    }

    /// Whether a device's own state can end at an offset: the value ends, or a subsection follows.
    private boolean ownStateEnds(long offset) {
        return offset == region.end() || SubsectionNames.beginsOneOf(region, offset, VIRTIO);
    }

    private void console() throws VMStateException {
        fields(VirtioLayouts.CONSOLE);
        long maxPorts = region.u32(in.position() - 4);
        long words = (maxPorts + 31) / 32;
        region.require(in.position(), words * 4);
        array("ports_map", Notation.of("", "ports:u32"), (int) words);
        fields(Notation.of("", "nr_active_ports:u32"));
        long ports = region.u32(in.position() - 4);
        long portBytes = VirtioLayouts.CONSOLE_PORT.bodySize();
        region.require(in.position(), ports * portBytes);
        for (long i = 1; i <= ports; i++) {
            // Otherwise a request that was taken from the queue follows, whose format is not
            // implemented.
            check(region.u32(in.position() + i * portBytes - 4) == 0);
        }
        array("ports", VirtioLayouts.CONSOLE_PORT, (int) ports);
    }

    private void subsections() throws VMStateException {
        while (in.position() < region.end()) {
            in.subsection(node, VIRTIO, node::add, known(), false);
        }
    }

    /// The description of the subsection that begins at the position.
    private StructDescription known() throws CorruptException {
        for (StructDescription description : VirtioLayouts.SUBSECTIONS) {
            if (SubsectionNames.begins(region, in.position(), description.vmsdName())
                    && fits(description)) {
                return description;
            }
        }
        throw new CorruptException("a subsection that is not known", in.position());
    }

    /// Whether a description fits the bytes: it ends within them, and it is the right variant.
    private boolean fits(StructDescription description) {
        long body = in.position() + SubsectionHeader.size(description.vmsdName());
        return description.bodySize() <= region.end() - body
                && (description.subsections().isEmpty()
                        || SubsectionNames.begins(
                                region, body, description.subsections().getFirst().vmsdName()));
    }

    private void optional(String owner, StructDescription subsection) throws VMStateException {
        if (SubsectionNames.begins(region, in.position(), subsection.vmsdName())) {
            in.subsection(node, owner, node::add, subsection, false);
        }
    }

    private void fields(StructDescription description) throws VMStateException {
        for (FieldRun run : description.runs()) {
            in.field(node, node::add, run, false);
        }
    }

    private void field(FieldDescription field) throws VMStateException {
        in.field(
                node,
                node::add,
                new FieldRun(field.name(), false, List.of(new FieldRun.CountedField(field, 1))),
                false);
    }

    private void array(String name, StructDescription element, int count) throws VMStateException {
        if (count > 0) {
            FieldDescription field = Notation.struct(name, element);
            in.field(
                    node,
                    node::add,
                    new FieldRun(name, true, List.of(new FieldRun.CountedField(field, count))),
                    false);
        }
    }

    private void check(boolean holds) throws CorruptException {
        if (!holds) {
            throw new CorruptException("not the format of virtio", in.position());
        }
    }

    private void rest() {
        long left = region.end() - in.position();
        if (left > 0) {
            NodePlace place =
                    NodePlace.field(node, "rest", TypeNames.BUFFER, region, in.position());
            node.add(new BytesNode(place, left, BytesNode.Kind.OPAQUE));
        }
    }
}
