// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.vmstate.internal.file.MappedComparison;
import org.vmstate.stream.Body;
import org.vmstate.stream.Command;
import org.vmstate.stream.Section;
import org.vmstate.stream.StreamElement;

/// Finds the devices because of which a source leaves out pages that the guest does not use.
///
/// - **virtio-mem**: memory that is not plugged is not sent; [VirtioMem] reads which it is. If some
///   pages of a block were received, the missing ones that are plugged are not reported either:
///   QEMU sends all plugged memory, but streams that were edited by hand contain only the pages in
///   use, and QEMU loads them. Older devices do not describe their bitmap in a separate section;
///   nothing is reported as missing in their blocks.
/// - **free page hinting**: pages that the guest reported to a balloon device as free are not sent,
///   and the stream does not identify them. Nothing is reported as missing in blocks of which some
///   pages were received. The balloon's state then contains the subsection
///   `virtio-balloon-device/free-page-hint`.
final class SparseMemory {
    private static final String LATE = "/virtio-mem";
    private static final String BALLOON = "virtio-balloon";
    private static final byte[] HINTING =
            "virtio-balloon-device/free-page-hint".getBytes(StandardCharsets.US_ASCII);

    private final List<Section.Full> early = new ArrayList<>();
    private final Set<String> late = new HashSet<>();
    private boolean hinting;

    /// Examines an element of the stream.
    void examine(StreamElement element) {
        if (element instanceof Command.Packaged packaged) {
            packaged.elements().forEach(this::examine);
        } else if (element instanceof Section.Full full
                && full.body() instanceof Body.Present body) {
            String name = full.identity().idString();
            if (VirtioMem.isState(full)) {
                early.add(full);
            } else if (name.endsWith(LATE)) {
                late.add(VirtioMem.path(name));
            } else if (name.endsWith(BALLOON)) {
                hinting |= contains(body.memory());
            }
        }
    }

    /// Marks the pages that these devices leave out as received.
    void markOmitted(RamImage image) {
        Set<RamBlock> known = new HashSet<>();
        for (VirtioMem device : VirtioMem.of(early, image.blocks())) {
            ArrivalMap arrivals = image.arrivals(device.block());
            if (arrivals.nextPresent(0) < arrivals.pages()) {
                arrivals.all();
            } else {
                device.markUnplugged(arrivals);
            }
            known.add(device.block());
        }
        for (RamBlock block : image.blocks()) {
            ArrivalMap arrivals = image.arrivals(block);
            if (!known.contains(block) && late.contains(VirtioMem.path(block.name()))) {
                arrivals.all();
            }
            if (hinting && arrivals.nextPresent(0) < arrivals.pages()) {
                arrivals.all();
            }
        }
    }

    private static boolean contains(MemorySegment body) {
        MemorySegment wanted = MemorySegment.ofArray(HINTING);
        for (long at = 0; at <= body.byteSize() - HINTING.length; at++) {
            if (body.get(ValueLayout.JAVA_BYTE, at) == HINTING[0]
                    && MappedComparison.mismatch(body, at, wanted, 0, HINTING.length) < 0) {
                return true;
            }
        }
        return false;
    }
}
