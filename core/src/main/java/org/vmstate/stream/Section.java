// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// A part of one device's state: a header and a body.
///
/// The state of a device that is not iterative is one [Full] section. The state of an iterative
/// device is a [Start], any number of [Part]s and an [End] (a background snapshot has no end),
/// which have the same section id. A device can have both (`vfio`): its full section then follows
/// with the same id.
public sealed interface Section extends StreamElement {
    /// The number that associates parts and ends with their start; u32. Those of full sections need
    /// not be unique.
    long sectionId();

    /// The device in the header of the start or full section with this id. In the stream, a part or
    /// end contains only the id.
    SectionIdentity identity();

    /// The bytes between the header and the footer.
    Body body();

    /// Returns a copy with another body.
    Section withBody(Body body);

    /// The first section of an iterative device. QEMU: `QEMU_VM_SECTION_START`.
    record Start(long sectionId, SectionIdentity identity, Body body) implements Section {
        @Override
        public Start withBody(Body other) {
            return new Start(sectionId, identity, other);
        }
    }

    /// A further section of an iterative device. QEMU: `QEMU_VM_SECTION_PART`.
    record Part(long sectionId, SectionIdentity identity, Body body) implements Section {
        @Override
        public Part withBody(Body other) {
            return new Part(sectionId, identity, other);
        }
    }

    /// The last section of an iterative device. QEMU: `QEMU_VM_SECTION_END`.
    record End(long sectionId, SectionIdentity identity, Body body) implements Section {
        @Override
        public End withBody(Body other) {
            return new End(sectionId, identity, other);
        }
    }

    /// The whole state of a device. QEMU: `QEMU_VM_SECTION_FULL`.
    record Full(long sectionId, SectionIdentity identity, Body body) implements Section {
        @Override
        public Full withBody(Body other) {
            return new Full(sectionId, identity, other);
        }
    }
}
