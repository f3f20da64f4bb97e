// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.util.List;
import org.vmstate.internal.format.SubsectionHeader;

/// The description of one structure, subsection or queue element in a stream: its fields in wire
/// order, then the subsections that were sent.
///
/// `body := field* subsection*`
///
/// Corresponds to one use of a QEMU `VMStateDescription`.
///
/// @param vmsdName the name of the description, empty if the stream has none (old-style devices;
///   array elements that QEMU before 10.0 described wrongly)
/// @param version the version at which its fields were written
/// @param fields the fields as listed in the stream; [#runs()] interprets them
/// @param subsections the subsections that were sent, in order
public record StructDescription(
        String vmsdName,
        int version,
        List<FieldDescription> fields,
        List<StructDescription> subsections) {
    /// Checks that the size can be computed.
    public StructDescription {
        fields = List.copyOf(fields);
        subsections = List.copyOf(subsections);
        sizeOf(fields, subsections);
    }

    /// Returns the fields grouped into values: one group per array or single field.
    ///
    /// The entries of an array (elements with `index`, runs of null pointers) are in one group.
    /// Each part has its actual number of elements, which for arrays of pointers differs from the
    /// `array_len` in the stream.
    public List<FieldRun> runs() {
        return FieldRun.group(fields);
    }

    /// The size of the body in bytes: fields, then subsections with their headers.
    public long bodySize() {
        return sizeOf(fields, subsections);
    }

    private static long sizeOf(List<FieldDescription> fields, List<StructDescription> subsections) {
        long size = 0;
        for (FieldRun run : FieldRun.group(fields)) {
            size = Math.addExact(size, run.size());
        }
        for (StructDescription subsection : subsections) {
            int header = SubsectionHeader.size(subsection.vmsdName);
            size = Math.addExact(Math.addExact(size, header), subsection.bodySize());
        }
        return size;
    }
}
