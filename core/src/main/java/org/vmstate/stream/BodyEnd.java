// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// How a reader knew where a section's body ends.
public enum BodyEnd {
    /// By the body's own structure.
    WALKED,
    /// By the sizes in the stream's description, and what stands behind the body agrees.
    DESCRIBED,
    /// By searching for a footer with the section's id and something that can follow it, since no
    /// description was there.
    FOUND_BY_FOOTER,
    /// By searching for a footer, since the description's sizes lead elsewhere: the description is
    /// wrong about this section.
    RESYNCHRONIZED,
    /// By searching for the next section's header, since the stream has neither description nor
    /// footers: likely, not certain.
    FOUND_BY_HEADER
}
