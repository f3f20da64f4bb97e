// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

/// The names of subsections: on the wire, and in paths.
final class SubsectionNames {
    private SubsectionNames() {}

    /// How many bytes stand before the body of a subsection of that name (of ASCII).
    static int headerBytes(String name) {
        return 1 + 1 + name.length() + 4;
    }

    /// Whether a subsection of that name (of ASCII) begins at an offset.
    static boolean begins(Region region, long offset, String name) {
        return beginsWith(region, offset, name) && region.u8(offset + 1) == name.length();
    }

    /// Whether a subsection whose name has that prefix (of ASCII) begins at an offset.
    static boolean beginsWith(Region region, long offset, String prefix) {
        if (region.end() - offset < headerBytes(prefix)
                || region.u8(offset) != SubsectionNode.MARK
                || region.u8(offset + 1) < prefix.length()) {
            return false;
        }
        for (int i = 0; i < prefix.length(); i++) {
            if (region.u8(offset + 2 + i) != prefix.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /// A subsection's name in paths: without the name of what it belongs to, if that is repeated in
    /// front: `e1000` and `e1000/tso_state` make `tso_state`.
    static String below(String owner, String name) {
        return name.startsWith(owner + "/") ? name.substring(owner.length() + 1) : name;
    }
}
