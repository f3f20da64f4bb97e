// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.util.List;
import org.vmstate.internal.format.SubsectionHeader;

/// What a stream says of one structure, subsection or queue element in it: its fields in the order
/// of the wire, then the subsections that were sent.
///
/// `body := field* subsection*`
///
/// Corresponds to one use of a QEMU `VMStateDescription`.
///
/// @param vmsdName the name of the description, empty where the stream gives none (devices of the
///   old style; array elements that QEMU before 10.0 described wrongly)
/// @param version the version its fields were written at
/// @param fields the fields, as the stream lists them; [#runs()] says what they mean
/// @param subsections the subsections that were sent, in order
public record StructDescription(
        String vmsdName,
        int version,
        List<FieldDescription> fields,
        List<StructDescription> subsections) {
    /// A description whose size can be computed.
    public StructDescription {
        fields = List.copyOf(fields);
        subsections = List.copyOf(subsections);
        sizeOf(fields, subsections);
    }

    /// The fields grouped into values: one group per array or single field.
    ///
    /// The parts of an array that stand under one name (elements with `index`, runs of null
    /// pointers) come together, and each part has the number of elements that it really has, which
    /// for arrays of pointers is not the `array_len` the stream gives.
    public List<FieldRun> runs() {
        return FieldRun.group(fields);
    }

    /// How many bytes the body takes: fields, then subsections with their headers.
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
