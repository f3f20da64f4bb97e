// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// Whether the sections of a stream end in footers: one answer for all of them, given by the first.
public enum Footers {
    /// No section has been read yet.
    UNKNOWN,
    /// Each section ends in a [SectionFooter].
    USED,
    /// None does: streams of machine types up to 2.3, and with `send-section-footer=off`.
    ABSENT
}
