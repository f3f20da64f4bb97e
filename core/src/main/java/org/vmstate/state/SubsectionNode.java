// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

/// A subsection: the optional part of a structure, with its own name and version on the wire.
///
/// `0x05 str8 name u32 version body`; offset and length include what stands before the body.
public final class SubsectionNode extends StructNode {
    /// The byte a subsection begins with; QEMU: `QEMU_VM_SUBSECTION`.
    static final int MARK = 0x05;

    private final long sentVersion;

    SubsectionNode(Place place, String vmsdName, int version, long sentVersion) {
        super(place, vmsdName, version);
        this.sentVersion = sentVersion;
    }

    /// The version on the wire, which should be [#version()].
    public long sentVersion() {
        return sentVersion;
    }
}
