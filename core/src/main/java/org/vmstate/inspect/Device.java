// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;
import org.vmstate.VMStateDescription;
import org.vmstate.stream.BodyEnd;
import org.vmstate.stream.Origin;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.wire.ReadLimits;

/// A device whose state is in a stream: all sections of one id string and instance id.
///
/// At least one of the two parts is there; a device such as `vfio` has both. Streams of QEMU before
/// 10.0 can have several devices of the same id string and instance id, each with a full section.
///
/// @param iterative what came in pieces
/// @param whole what came in one full section
public record Device(Optional<Iterative> iterative, Optional<Whole> whole) {
    /// A device with at least one section.
    public Device {
        if (iterative.isEmpty() && whole.isEmpty()) {
            throw new IllegalArgumentException("a device without sections");
        }
    }

    static Device of(Whole whole) {
        return new Device(Optional.empty(), Optional.of(whole));
    }

    static Device of(Iterative iterative) {
        return new Device(Optional.of(iterative), Optional.empty());
    }

    private Section first() {
        return iterative.isPresent() ? iterative.get().start() : whole.orElseThrow().section();
    }

    /// The id of its first section; u32.
    public long sectionId() {
        return first().sectionId();
    }

    /// Its name, instance and version, as its first section has them.
    public SectionIdentity identity() {
        return first().identity();
    }

    /// The absolute offset of its first section.
    public long offset() {
        return (iterative.isPresent() ? iterative.get().origin() : whole.orElseThrow().origin())
                .offset();
    }

    /// The number of bytes in the bodies of its sections, as far as they were read.
    public long bytes() {
        long pieces = iterative.isPresent() ? iterative.get().bytes() : 0;
        return pieces + (whole.isPresent() ? whole.get().section().body().length() : 0);
    }

    /// The part of a device's state that is one full section.
    ///
    /// @param origin where the section was read from
    /// @param description what the stream or its substitute says of the section
    public record Whole(
            Section.Full section, Origin origin, Optional<DeviceDescription> description) {
        /// Loads the state by its declaration; see [VMStateDescription#load(Section, Supplier,
        /// ReadLimits)].
        public <T> T load(
                VMStateDescription<T> vmstate, Supplier<? extends T> factory, ReadLimits limits)
                throws IOException {
            return vmstate.load(section, factory, limits);
        }

        /// Whether the description is wrong about where the section ends.
        public boolean disagrees() {
            return description.isPresent()
                    && description.get().bodySize() != section.body().length();
        }

        /// How the end of the section's body is known, the description considered that the stream
        /// turned out to have.
        public BodyEnd bodyEnd() {
            BodyEnd found = origin.bodyEnd().orElse(BodyEnd.WALKED);
            if (found == BodyEnd.WALKED) {
                return found;
            }
            if (description.isPresent()) {
                return disagrees() ? BodyEnd.RESYNCHRONIZED : BodyEnd.DESCRIBED;
            }
            return found == BodyEnd.FOUND_BY_HEADER ? found : BodyEnd.FOUND_BY_FOOTER;
        }
    }

    /// The part of a device's state that is spread over several sections.
    ///
    /// @param origin where the first of them was read from
    /// @param parts how many sections followed the first
    /// @param bytes the number of bytes in their bodies, as far as they were read
    /// @param complete whether its last section was among them; an overview does not see it
    public record Iterative(
            Section.Start start, Origin origin, long parts, long bytes, boolean complete) {
        Iterative with(Section piece) {
            return new Iterative(
                    start,
                    origin,
                    parts + 1,
                    bytes + piece.body().length(),
                    complete || piece instanceof Section.End);
        }
    }
}
