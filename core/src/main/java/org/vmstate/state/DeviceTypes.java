// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import org.vmstate.internal.format.TypeNames;
import org.vmstate.vmdesc.StructDescription;

/// Types whose structure is not in the stream's description, but known and the same in all devices.
///
/// `pci config` is a copy of the configuration space, little-endian. `pci irq state` is four
/// levels. `msix state` is a table of n entries of 16 bytes, then one bit per entry.
///
/// QEMU: `vmstate_info_pci_config`, `vmstate_info_pci_irq_state`, `vmstate_msix`.
final class DeviceTypes {
    private static final int HEADER_TYPE = 0x0e;
    private static final int HEADER_BYTES = 0x40;
    private static final String PCI_COMMON =
            "vendor_id:u16le device_id:u16le command:u16le status:u16le revision_id:u8 prog_if:u8"
                    + " subclass:u8 class:u8 cache_line_size:u8 latency_timer:u8 header_type:u8"
                    + " bist:u8 ";
    private static final StructDescription PCI_OTHER =
            Notation.of("", PCI_COMMON + "other:buffer.48");
    private static final StructDescription PCI_DEVICE =
            Notation.of(
                    "",
                    PCI_COMMON
                            + "bar*6:u32le cardbus_cis:u32le subsystem_vendor_id:u16le"
                            + " subsystem_id:u16le rom_address:u32le capabilities:u8"
                            + " reserved:buffer.7 interrupt_line:u8 interrupt_pin:u8 min_gnt:u8"
                            + " max_lat:u8");
    private static final StructDescription PCI_BRIDGE =
            Notation.of(
                    "",
                    PCI_COMMON
                            + "bar*2:u32le primary_bus:u8 secondary_bus:u8 subordinate_bus:u8"
                            + " secondary_latency_timer:u8 io_base:u8 io_limit:u8"
                            + " secondary_status:u16le memory_base:u16le memory_limit:u16le"
                            + " prefetch_base:u16le prefetch_limit:u16le"
                            + " prefetch_base_upper:u32le prefetch_limit_upper:u32le"
                            + " io_base_upper:u16le io_limit_upper:u16le capabilities:u8"
                            + " reserved:buffer.3 rom_address:u32le interrupt_line:u8"
                            + " interrupt_pin:u8 bridge_control:u16le");
    private static final StructDescription PCI_INTERRUPTS = Notation.of("", "level*4:u32");

    private DeviceTypes() {}

    /// Creates the value of a type that is not one of the description's own; its bytes must be
    /// available.
    static StateNode make(NodePlace place, long size) {
        if (place.type().equals("pci config") && (size == 256 || size == 4096)) {
            return configuration(place, size);
        }
        if (place.type().equals("pci irq state") && size == PCI_INTERRUPTS.bodySize()) {
            return parts(place, size, PCI_INTERRUPTS);
        }
        if (place.type().equals("msix state") && entries(size) > 0) {
            return msix(place, size);
        }
        return new BytesNode(place, size, BytesNode.Kind.OPAQUE);
    }

    private static CompositeNode configuration(NodePlace place, long size) {
        int headerType = place.region().u8(place.offset() + HEADER_TYPE) & 0x7f;
        StructDescription header =
                switch (headerType) {
                    case 0 -> PCI_DEVICE;
                    case 1 -> PCI_BRIDGE;
                    default -> PCI_OTHER;
                };
        CompositeNode node = parts(place, size, header);
        NodePlace behind =
                NodePlace.field(
                        node,
                        "device_specific",
                        TypeNames.BUFFER,
                        place.region(),
                        place.offset() + HEADER_BYTES);
        node.add(new BytesNode(behind, size - HEADER_BYTES, BytesNode.Kind.BUFFER));
        return node;
    }

    private static CompositeNode msix(NodePlace place, long size) {
        int entries = entries(size);
        return parts(
                place,
                size,
                Notation.of(
                        "",
                        "table*"
                                + entries
                                + "{ address:u64le data:u32le control:u32le } pending:buffer."
                                + (size - 16L * entries)));
    }

    /// The number of entries of a table that has this size including its bits, or 0 if there is
    /// none.
    private static int entries(long size) {
        for (long n = size / 16; n > 0 && msixSize(n) >= size; n--) {
            if (msixSize(n) == size) {
                return Math.toIntExact(n);
            }
        }
        return 0;
    }

    /// The size of a table of `entries` entries including its bits.
    static long msixSize(long entries) {
        return 16 * entries + (entries + 7) / 8;
    }

    private static CompositeNode parts(NodePlace place, long size, StructDescription description) {
        CompositeNode node = new CompositeNode(place, size);
        FixedSize.fields(node, node::add, description, place.offset());
        return node;
    }
}
