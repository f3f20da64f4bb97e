// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// How the end of a section's body was determined.
public enum BodyEnd {
    /// By the body's own structure, which a [SectionHandler] knows.
    WALKED,
    /// By the sizes in a description, confirmed by the bytes after the body.
    DESCRIBED,
    /// By searching for a footer with the section's id that is followed by a possible element,
    /// because the section is not described.
    FOUND_BY_FOOTER,
    /// By searching for a footer, because the sizes in the description, which is wrong about this
    /// section, do not lead to one.
    RESYNCHRONIZED,
    /// By searching for the next section's header, because the section is not described and the
    /// stream has no footers. The result is likely, but not certain.
    FOUND_BY_HEADER
}
