// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// The names of the file descriptors that one QEMU passes to another on the second channel of a
/// migration in mode `cpr-transfer`.
///
/// ```
/// "QCPR"  u32 1  (0x01  u32 n  name[n]  s32 id  fd)*  0x00  subsection?
/// fd         := 0x20, sent with the descriptor  |  s32, in mode cpr-exec
/// subsection := 0x05  str8 name  …
/// ```
///
/// The descriptors are not in the data, and neither is the guest's memory, which they refer to. The
/// stream of the main channel does not contain it.
///
/// Corresponds to QEMU's `CprState`.
///
/// @param version the version of the state, 1
/// @param descriptors in the order of the list
/// @param subsection the name of the subsection after the list, which is not decoded, such as
///   `CprState/vfio devices`
public record CprState(long version, List<Descriptor> descriptors, Optional<String> subsection) {
    private static final int MAX_NAME_BYTES = 1 << 16;
    private static final int PASSED_BESIDE = 0x20;

    /// An entry of the list.
    ///
    /// @param name the owner of the descriptor, such as a block of memory
    /// @param id distinguishes entries of the same name
    public record Descriptor(String name, int id) {}

    /// Copies the list.
    public CprState {
        descriptors = List.copyOf(descriptors);
    }

    /// Reads the state whose magic is at the position of `in`.
    static CprState read(WireReader in) throws IOException {
        try {
            return body(in);
        } catch (VMStateException e) {
            throw e.within("CPR state");
        }
    }

    private static CprState body(WireReader in) throws IOException {
        in.skip(4);
        long version = in.u32();
        if (version != 1) {
            throw new UnsupportedException("version " + version, in.position() - 4);
        }
        List<Descriptor> descriptors = new ArrayList<>();
        int mark = in.u8();
        while (mark == 1) {
            in.limits().checkElements(descriptors.size() + 1L, "the list", in.position());
            descriptors.add(descriptor(in));
            mark = in.u8();
        }
        if (mark != 0) {
            throw new CorruptException("a list's mark of " + mark, in.position() - 1);
        }
        Optional<String> subsection = Optional.empty();
        if (in.peek(0) == StreamTags.SUBSECTION) {
            in.skip(1);
            subsection = Optional.of(in.str8());
        }
        return new CprState(version, descriptors, subsection);
    }

    private static Descriptor descriptor(WireReader in) throws IOException {
        long length = in.u32();
        if (length > MAX_NAME_BYTES) {
            throw new CorruptException("a name of " + length + " bytes", in.position() - 4);
        }
        String name = in.utf8((int) length);
        int end = name.indexOf('\0');
        int id = in.int32();
        if (in.peek(0) == PASSED_BESIDE) {
            in.skip(1);
        } else {
            in.skip(4);
        }
        return new Descriptor(end < 0 ? name : name.substring(0, end), id);
    }

    /// A description of one line.
    @Override
    public String toString() {
        String names =
                String.join(", ", descriptors.stream().map(d -> Printable.text(d.name())).toList());
        return "CPR state: descriptors for " + (names.isEmpty() ? "nothing" : names);
    }
}
