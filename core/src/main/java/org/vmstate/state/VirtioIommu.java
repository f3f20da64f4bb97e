// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.vmstate.internal.format.Framing;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.format.TypeNames;
import org.vmstate.vmdesc.FieldDescription;
import org.vmstate.vmdesc.StructDescription;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.VMStateException;

/// Describes the state of a virtio IOMMU. The stream does not describe its trees and lists, so the
/// numbers of elements are taken from the bytes.
///
/// ```
/// domains  := gtree u64 → domain
/// domain   := u32 id  mappings  endpoints  bool bypass
/// mappings := gtree (u64 low  u64 high) → (u64 phys_addr  u32 flags)
/// endpoints := qlist (u32 id)
/// ```
///
/// QEMU: `vmstate_virtio_iommu_device`.
final class VirtioIommu {
    private static final StructDescription INTERVAL = Notation.of("interval", "low:u64 high:u64");
    private static final StructDescription MAPPING =
            Notation.of("mapping", "phys_addr:u64 flags:u32");
    private static final StructDescription ENDPOINT = Notation.of("endpoint", "id:u32");

    private static final long MAPPING_BYTES = 1 + INTERVAL.bodySize() + MAPPING.bodySize();
    private static final long ENDPOINT_BYTES = 1 + ENDPOINT.bodySize();
    private static final int MARK_AND_KEY_BYTES = 1 + Framing.DIRECT_KEY_BYTES;

    private final Region region;
    private long position;

    private VirtioIommu(Region region, long position) {
        this.region = region;
        this.position = position;
    }

    /// The description of the tree of domains at an offset.
    static FieldDescription domains(Region region, long offset) throws VMStateException {
        return new VirtioIommu(region, offset).domains();
    }

    private FieldDescription domains() throws VMStateException {
        long start = position;
        long count = count(MARK_AND_KEY_BYTES);
        List<StructDescription> domains = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            pass(MARK_AND_KEY_BYTES);
            domains.add(domain());
        }
        pass(1);
        return field("domains", TypeNames.TREE, position - start, domains);
    }

    private StructDescription domain() throws VMStateException {
        pass(4);
        long start = position;
        long count = count(MAPPING_BYTES);
        List<StructDescription> mappings = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            mappings.add(INTERVAL);
            mappings.add(MAPPING);
        }
        pass(count * MAPPING_BYTES + 1);
        FieldDescription tree = field("mappings", TypeNames.TREE, position - start, mappings);
        long listStart = position;
        List<StructDescription> endpoints = new ArrayList<>();
        while (Framing.announcesElement(peek())) {
            pass(ENDPOINT_BYTES);
            endpoints.add(ENDPOINT);
        }
        pass(1);
        FieldDescription list =
                field("endpoint_list", TypeNames.LIST, position - listStart, endpoints);
        pass(1);
        return new StructDescription(
                "domain",
                2,
                List.of(
                        scalar("id", ScalarType.UINT32),
                        tree,
                        list,
                        scalar("bypass", ScalarType.BOOL)),
                List.of());
    }

    /// Reads a count; throws if the rest of the bytes is too small for that many elements.
    private long count(long elementBytes) throws VMStateException {
        region.require(position, Framing.TREE_COUNT_BYTES);
        long count = region.u32(position);
        position += Framing.TREE_COUNT_BYTES;
        if (count > (region.end() - position) / elementBytes) {
            throw new CorruptException(
                    "a tree of " + count + " entries", position - Framing.TREE_COUNT_BYTES);
        }
        return count;
    }

    private int peek() throws VMStateException {
        region.require(position, 1);
        return region.u8(position);
    }

    private void pass(long bytes) throws VMStateException {
        region.require(position, bytes);
        position += bytes;
    }

    private static FieldDescription scalar(String name, ScalarType type) {
        return field(name, type.typeName(), type.bytes(), List.of());
    }

    private static FieldDescription field(
            String name, String type, long size, List<StructDescription> elements) {
        return new FieldDescription(
                name,
                type,
                size,
                OptionalInt.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                elements);
    }
}
