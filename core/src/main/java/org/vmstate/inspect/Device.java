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
/// A device has at least one of the two parts; some, such as `vfio`, have both. Streams of QEMU
/// before 10.0 can contain several devices with the same id string and instance id, each with a
/// full section.
///
/// @param iterative the part that was sent in several sections
/// @param whole the part that was sent in one full section
public record Device(Optional<Iterative> iterative, Optional<Whole> whole) {
    /// Checks that there is at least one section.
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

    /// The name, instance and version in the header of its first section.
    public SectionIdentity identity() {
        return first().identity();
    }

    /// The absolute offset of its first section.
    public long offset() {
        return (iterative.isPresent() ? iterative.get().origin() : whole.orElseThrow().origin())
                .offset();
    }

    /// The number of bytes in the bodies of its sections that were read.
    public long bytes() {
        long pieces = iterative.isPresent() ? iterative.get().bytes() : 0;
        return pieces + (whole.isPresent() ? whole.get().section().body().length() : 0);
    }

    /// The part of a device's state that is one full section.
    ///
    /// @param origin the place that the section was read from
    /// @param description the description of the section, from the stream or its substitute
    public record Whole(
            Section.Full section, Origin origin, Optional<DeviceDescription> description) {
        /// Loads the state with a declaration; see [VMStateDescription#load(Section, Supplier,
        /// ReadLimits)].
        public <T> T load(
                VMStateDescription<T> vmstate, Supplier<? extends T> factory, ReadLimits limits)
                throws IOException {
            return vmstate.load(section, factory, limits);
        }

        /// Whether the end of the section according to the description is wrong.
        public boolean disagrees() {
            return description.isPresent()
                    && description.get().bodySize() != section.body().length();
        }

        /// How the end of the section's body was determined, taking into account the description
        /// that was read later.
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

    /// The part of a device's state that was sent in several sections.
    ///
    /// @param origin the place that the first section was read from
    /// @param parts the number of sections after the first
    /// @param bytes the number of bytes in the bodies of the sections that were read
    /// @param complete whether its last section was read; an overview does not read it
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
