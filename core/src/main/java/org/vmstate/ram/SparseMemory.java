// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.vmstate.stream.Body;
import org.vmstate.stream.Command;
import org.vmstate.stream.Section;
import org.vmstate.stream.StreamElement;

/// The devices because of which a source leaves out pages that the guest does not use.
///
/// - **virtio-mem**: memory that is not plugged is not sent. [VirtioMem] says which that is. If
///   some pages of a block came, the others are not reported either: QEMU sends all that is
///   plugged, but streams that were edited by hand have only the pages in use, and QEMU loads them.
///   Of the blocks of older devices, which do not describe their bitmap in a section of its own,
///   nothing is reported as missing.
/// - **free page hinting**: pages that a balloon's guest reported as free are not sent, and nothing
///   says which these are; nothing is reported as missing of blocks of which some pages came. The
///   balloon's state then has the subsection `virtio-balloon-device/free-page-hint`.
final class SparseMemory {
    private static final String LATE = "/virtio-mem";
    private static final String BALLOON = "virtio-balloon";
    private static final byte[] HINTING =
            "virtio-balloon-device/free-page-hint".getBytes(StandardCharsets.US_ASCII);

    private final List<Section.Full> early = new ArrayList<>();
    private final Set<String> late = new HashSet<>();
    private boolean hinting;

    /// Looks at an element.
    void see(StreamElement element) {
        if (element instanceof Command.Packaged packaged) {
            packaged.elements().forEach(this::see);
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

    /// Marks the pages that these devices leave out as not missing.
    void excuse(RamImage image) {
        Set<RamBlock> known = new HashSet<>();
        for (VirtioMem device : VirtioMem.of(early, image.blocks())) {
            ArrivalMap arrivals = image.arrivals(device.block());
            if (arrivals.nextPresent(0) < arrivals.pages()) {
                arrivals.all();
            } else {
                device.excuse(arrivals);
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
                    && MemorySegment.mismatch(
                                    body, at, at + HINTING.length, wanted, 0, HINTING.length)
                            < 0) {
                return true;
            }
        }
        return false;
    }
}
