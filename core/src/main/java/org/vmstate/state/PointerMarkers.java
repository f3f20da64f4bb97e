// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.List;
import org.vmstate.internal.format.Framing;
import org.vmstate.vmdesc.FieldRun;
import org.vmstate.wire.CorruptException;

/// How one array of pointers uses marker bytes, which QEMU 11.1 describes as `ptr-marker`.
///
/// ```
/// loading allocates the elements  := (0x31 element | 0x30)*     a marker for every element
/// it does not                     := (element | 0x30)*          a marker for null pointers only
/// ```
///
/// The descriptions of the two look alike where a null pointer stands directly before an element.
/// There the byte decides, and the rest of the array has to agree. Of an array that is all null
/// neither bytes nor description tell which of the two it is, and nothing depends on it.
final class PointerMarkers {
    private enum Use {
        UNKNOWN,
        NULLS_ONLY,
        EVERY_ELEMENT
    }

    private final List<FieldRun.Part> parts;
    private Use use;

    PointerMarkers(FieldRun run) {
        parts = run.parts();
        use = nullsOnly() ? Use.NULLS_ONLY : Use.UNKNOWN;
    }

    /// Whether the description excludes a marker for every element: an entry stands for several
    /// elements, or an element follows no marker.
    private boolean nullsOnly() {
        boolean afterMarker = false;
        for (FieldRun.Part part : parts) {
            boolean marker = part.field().isPointerMarker();
            if (part.field().arrayLength().isPresent() || (!marker && !afterMarker)) {
                return true;
            }
            afterMarker = marker;
        }
        return false;
    }

    /// Whether the description leaves out the last element of an array that begins at an offset.
    ///
    /// QEMU 11.1 does so if that element is a run of its own, and the run before has several. It
    /// shows only in an array that begins with elements, since there the length of the whole is
    /// known: its first run then has one element less, and the first null pointers stand earlier.
    static boolean lastIsMissing(FieldRun run, Region region, long offset) {
        FieldRun.Part first = run.parts().getFirst();
        if (run.parts().size() < 2
                || first.field().isPointerMarker()
                || first.count() < 2
                || run.parts().getLast().count() < 2
                || !run.parts().get(1).field().isPointerMarker()
                || !FixedSize.is(first.field())) {
            return false;
        }
        int nulls = run.parts().get(1).count();
        long earlier = offset + first.field().size() * (first.count() - 1);
        return !areNull(region, earlier + first.field().size(), nulls)
                && areNull(region, earlier, nulls);
    }

    private static boolean areNull(Region region, long offset, int count) {
        if (offset < region.origin() || count > region.end() - offset) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            if (region.u8(offset + i) != Framing.NULL_POINTER) {
                return false;
            }
        }
        return true;
    }

    /// Whether the entry is a marker, and the next one an element that may belong to it.
    boolean precedesElement(int entry) {
        return use != Use.NULLS_ONLY
                && parts.get(entry).field().isPointerMarker()
                && entry + 1 < parts.size()
                && !parts.get(entry + 1).field().isPointerMarker();
    }

    /// Whether a marker that may belong to an element announces it; otherwise it is a null pointer
    /// of its own.
    ///
    /// @param offset of the marker
    boolean present(int marker, long offset) throws CorruptException {
        if (marker == Framing.POINTER_PRESENT) {
            use = Use.EVERY_ELEMENT;
            return true;
        }
        if (marker != Framing.NULL_POINTER) {
            throw new CorruptException(
                    "0x%02x where a pointer's marker is 0x30 or 0x31".formatted(marker), offset);
        }
        if (use == Use.EVERY_ELEMENT) {
            throw new CorruptException(
                    "0x30, a null pointer, where the description has an element", offset);
        }
        use = Use.NULLS_ONLY;
        return false;
    }
}
