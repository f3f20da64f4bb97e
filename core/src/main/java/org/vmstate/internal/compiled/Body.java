// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.compiled;

import java.io.IOException;
import org.vmstate.internal.format.SubsectionHeader;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Saves and loads the body of one description.
///
/// A body knows the set of fields that exist at the versions it serves; the version itself comes
/// along for tests and hooks. Whoever calls it has checked that the description loads that version.
public abstract class Body {
    /// For subclasses, which have no state but constants.
    protected Body() {}

    /// Writes a state.
    public abstract void save(WireWriter out, Object state, int version) throws IOException;

    /// Reads into a state.
    public abstract void load(WireReader in, Object state, int version) throws IOException;

    /// Puts the index of an element before the path of an error.
    protected static VMStateException within(VMStateException e, int index) {
        return e.within("[" + index + "]");
    }

    /// Whether the byte 0x05 that stands `ahead` may begin a subsection of the description whose
    /// name is `parent`, or too little of what follows stands in the window to tell.
    protected static boolean mayBeSubsection(WireReader in, int ahead, byte[] parent)
            throws IOException {
        int left = in.buffered() - ahead;
        if (left < SubsectionHeader.NAME_AT) {
            return true;
        }
        int length = in.peek(ahead + SubsectionHeader.NAME_LENGTH_AT);
        if (length <= parent.length) {
            return false;
        }
        if (left < SubsectionHeader.NAME_AT + length) {
            return true;
        }
        for (int i = 0; i < parent.length; i++) {
            if (in.peek(ahead + SubsectionHeader.NAME_AT + i) != (parent[i] & 0xff)) {
                return false;
            }
        }
        return true;
    }
}
