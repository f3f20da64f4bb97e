// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

/// A subsection: the optional part of a structure, with its own name and version on the wire.
///
/// `0x05 str8 name u32 version body`. Offset and length include the header.
public final class SubsectionNode extends StructNode {
    private final long sentVersion;

    SubsectionNode(NodePlace place, String vmsdName, int version, long sentVersion) {
        super(place, vmsdName, version);
        this.sentVersion = sentVersion;
    }

    /// The 32 bits of the version on the wire. QEMU uses the low 8, which are [#version()].
    public long sentVersion() {
        return sentVersion;
    }
}
