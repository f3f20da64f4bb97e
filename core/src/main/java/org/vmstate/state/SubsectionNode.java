// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

/// A subsection: the optional part of a structure, with its own name and version on the wire.
///
/// `0x05 str8 name u32 version body`; offset and length include what stands before the body.
public final class SubsectionNode extends StructNode {
    private final long sentVersion;

    SubsectionNode(NodePlace place, String vmsdName, int version, long sentVersion) {
        super(place, vmsdName, version);
        this.sentVersion = sentVersion;
    }

    /// The 32 bits of the version on the wire, of which QEMU keeps the low 8; these should be those
    /// of [#version()].
    public long sentVersion() {
        return sentVersion;
    }
}
