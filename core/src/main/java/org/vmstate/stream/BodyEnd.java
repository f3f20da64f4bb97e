// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// How a reader knew where a section's body ends.
public enum BodyEnd {
    /// By the body's own structure, which a [SectionHandler] knows.
    WALKED,
    /// By the sizes in a description, and what stands behind the body agrees.
    DESCRIBED,
    /// By searching for a footer with the section's id and something that can follow it, since
    /// nothing describes the section.
    FOUND_BY_FOOTER,
    /// By searching for a footer, since the description's sizes lead elsewhere: the description is
    /// wrong about this section.
    RESYNCHRONIZED,
    /// By searching for the next section's header, since nothing describes the section and the
    /// stream has no footers: likely, not certain.
    FOUND_BY_HEADER
}
