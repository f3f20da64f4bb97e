// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// A piece of one device's state: a header and a body.
///
/// A device that is not iterative is one [Full] section; an iterative one is a [Start], any number
/// of [Part]s and an [End] (a background snapshot has no end), which share the section id. A device
/// may be both (`vfio`): then its full section follows, under the same id.
public sealed interface Section extends StreamElement {
    /// The number by which parts and ends find their start; u32. Full sections need not differ in
    /// it.
    long sectionId();

    /// What the start or full section of this id said of its device. A part or end repeats only the
    /// id in the stream.
    SectionIdentity identity();

    /// The bytes between header and footer.
    Body body();

    /// The same section with another body.
    Section withBody(Body body);

    /// The first piece of an iterative device. QEMU: `QEMU_VM_SECTION_START`.
    record Start(long sectionId, SectionIdentity identity, Body body) implements Section {
        @Override
        public Start withBody(Body other) {
            return new Start(sectionId, identity, other);
        }
    }

    /// A further piece of an iterative device. QEMU: `QEMU_VM_SECTION_PART`.
    record Part(long sectionId, SectionIdentity identity, Body body) implements Section {
        @Override
        public Part withBody(Body other) {
            return new Part(sectionId, identity, other);
        }
    }

    /// The last piece of an iterative device. QEMU: `QEMU_VM_SECTION_END`.
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
