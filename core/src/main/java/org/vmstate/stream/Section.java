// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// A piece of one device's state: a header and a body.
///
/// A device that is not iterative is one [Full] section; an iterative one is a [Start], any number
/// of [Part]s and an [End] (a background snapshot has no end), which share the section id.
public sealed interface Section extends StreamElement {
    /// The number that ties the pieces of one device together; u32, unique in a stream.
    long sectionId();

    /// What the start or full section of this id said of its device. A part or end repeats only the
    /// id in the stream.
    SectionIdentity identity();

    /// The bytes between header and footer.
    Body body();

    /// How the end of the body was found.
    BodyEnd bodyEnd();

    /// The same section with another body.
    Section withBody(Body body);

    /// The first piece of an iterative device. QEMU: `QEMU_VM_SECTION_START`.
    record Start(long offset, long sectionId, SectionIdentity identity, Body body, BodyEnd bodyEnd)
            implements Section {
        @Override
        public Start withBody(Body other) {
            return new Start(offset, sectionId, identity, other, bodyEnd);
        }
    }

    /// A further piece of an iterative device. QEMU: `QEMU_VM_SECTION_PART`.
    record Part(long offset, long sectionId, SectionIdentity identity, Body body, BodyEnd bodyEnd)
            implements Section {
        @Override
        public Part withBody(Body other) {
            return new Part(offset, sectionId, identity, other, bodyEnd);
        }
    }

    /// The last piece of an iterative device. QEMU: `QEMU_VM_SECTION_END`.
    record End(long offset, long sectionId, SectionIdentity identity, Body body, BodyEnd bodyEnd)
            implements Section {
        @Override
        public End withBody(Body other) {
            return new End(offset, sectionId, identity, other, bodyEnd);
        }
    }

    /// The whole state of a device. QEMU: `QEMU_VM_SECTION_FULL`.
    record Full(long offset, long sectionId, SectionIdentity identity, Body body, BodyEnd bodyEnd)
            implements Section {
        @Override
        public Full withBody(Body other) {
            return new Full(offset, sectionId, identity, other, bodyEnd);
        }
    }
}
