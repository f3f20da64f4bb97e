// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// The mark after a section's body, which repeats the section's id. QEMU: `QEMU_VM_SECTION_FOOTER`;
/// absent before 2.4 or with `send-section-footer=off`.
public record SectionFooter(long sectionId) implements StreamElement {}
