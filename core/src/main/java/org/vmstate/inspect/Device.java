// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import java.util.Optional;
import org.vmstate.stream.BodyEnd;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.vmdesc.DeviceDescription;

/// A device whose state is in a stream.
public sealed interface Device {
    /// The id of its sections; u32.
    long sectionId();

    /// Its name, instance and version.
    SectionIdentity identity();

    /// The absolute offset of its first section.
    long offset();

    /// The number of bytes in the bodies of its sections, as far as they were read.
    long bytes();

    /// A device whose state is one full section.
    ///
    /// @param description what the stream or its substitute says of the section
    record Whole(Section.Full section, Optional<DeviceDescription> description) implements Device {
        @Override
        public long sectionId() {
            return section.sectionId();
        }

        @Override
        public SectionIdentity identity() {
            return section.identity();
        }

        @Override
        public long offset() {
            return section.offset();
        }

        @Override
        public long bytes() {
            return section.body().length();
        }

        /// Whether the description is known to be wrong about where the section ends.
        public boolean disagrees() {
            return section.bodyEnd() == BodyEnd.RESYNCHRONIZED;
        }
    }

    /// A device whose state is spread over several sections.
    ///
    /// @param parts how many sections followed the first
    /// @param complete whether its last section was among them; an overview does not see it
    record Iterative(Section.Start start, long parts, long bytes, boolean complete)
            implements Device {
        @Override
        public long sectionId() {
            return start.sectionId();
        }

        @Override
        public SectionIdentity identity() {
            return start.identity();
        }

        @Override
        public long offset() {
            return start.offset();
        }

        Iterative with(Section piece) {
            return new Iterative(
                    start,
                    parts + 1,
                    bytes + piece.body().length(),
                    complete || piece instanceof Section.End);
        }
    }
}
