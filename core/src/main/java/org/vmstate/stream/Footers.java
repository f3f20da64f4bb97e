// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// Whether the sections of a stream end with footers. The first section determines it for all.
public enum Footers {
    /// No section has been read yet.
    UNKNOWN,
    /// Each section ends with a [SectionFooter].
    USED,
    /// There are no footers: streams of machine types up to 2.3, and with
    /// `send-section-footer=off`.
    ABSENT
}
