// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.List;
import org.vmstate.internal.format.Framing;
import org.vmstate.vmdesc.FieldRun;
import org.vmstate.wire.CorruptException;

/// The use of marker bytes in an array of pointers, which QEMU 11.1 describes as `ptr-marker`.
///
/// ```
/// loading allocates the elements  := (0x31 element | 0x30)*     a marker for every element
/// it does not                     := (element | 0x30)*          a marker for null pointers only
/// ```
///
/// The descriptions of the two formats are the same if a null pointer directly precedes an element.
/// There the byte decides, and the rest of the array has to agree. For an array that contains only
/// null pointers the format is not known and not needed.
final class PointerMarkers {
    private enum Use {
        UNKNOWN,
        NULLS_ONLY,
        EVERY_ELEMENT
    }

    private final List<FieldRun.CountedField> fields;
    private Use use;

    PointerMarkers(FieldRun run) {
        fields = run.fields();
        use = nullsOnly() ? Use.NULLS_ONLY : Use.UNKNOWN;
    }

    /// Whether the description excludes markers before elements: an entry describes several
    /// elements, or an element does not follow a marker.
    private boolean nullsOnly() {
        boolean afterMarker = false;
        for (FieldRun.CountedField counted : fields) {
            boolean marker = counted.field().isPointerMarker();
            if (counted.field().arrayLength().isPresent() || (!marker && !afterMarker)) {
                return true;
            }
            afterMarker = marker;
        }
        return false;
    }

    /// Whether the description lacks the last element of the array at an offset.
    ///
    /// QEMU 11.1 omits it if that element is a run of its own and the run before it has several
    /// elements. This is detected only in an array that begins with elements, because there the
    /// total size is known: the first run has one element less, and the first null pointers come
    /// earlier.
    static boolean lastIsMissing(FieldRun run, Region region, long offset) {
        FieldRun.CountedField first = run.fields().getFirst();
        if (run.fields().size() < 2
                || first.field().isPointerMarker()
                || first.count() < 2
                || run.fields().getLast().count() < 2
                || !run.fields().get(1).field().isPointerMarker()
                || !FixedSize.is(first.field())) {
            return false;
        }
        int nulls = run.fields().get(1).count();
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

    /// Whether an entry is a marker, and the next one an element that it may precede.
    boolean precedesElement(int entry) {
        return use != Use.NULLS_ONLY
                && fields.get(entry).field().isPointerMarker()
                && entry + 1 < fields.size()
                && !fields.get(entry + 1).field().isPointerMarker();
    }

    /// Whether a marker that may precede an element does so; otherwise it is a null pointer.
    ///
    /// @param offset the offset of the marker
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
