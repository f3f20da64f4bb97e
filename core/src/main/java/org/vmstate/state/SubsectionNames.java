// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import org.vmstate.internal.format.SubsectionHeader;

/// The names of subsections: on the wire, and in paths.
final class SubsectionNames {
    private SubsectionNames() {}

    /// Whether a subsection with an ASCII name begins at an offset.
    static boolean begins(Region region, long offset, String name) {
        return beginsWith(region, offset, name)
                && region.u8(offset + SubsectionHeader.NAME_LENGTH_AT) == name.length();
    }

    /// Whether a subsection of the description with an ASCII name begins at an offset.
    static boolean beginsOneOf(Region region, long offset, String parent) {
        return beginsWith(region, offset, parent)
                && region.u8(offset + SubsectionHeader.NAME_LENGTH_AT) > parent.length();
    }

    /// Whether a subsection whose name has an ASCII prefix begins at an offset.
    private static boolean beginsWith(Region region, long offset, String prefix) {
        if (region.end() - offset < SubsectionHeader.size(prefix)
                || region.u8(offset) != SubsectionHeader.MARK
                || region.u8(offset + SubsectionHeader.NAME_LENGTH_AT) < prefix.length()) {
            return false;
        }
        for (int i = 0; i < prefix.length(); i++) {
            if (region.u8(offset + SubsectionHeader.NAME_AT + i) != prefix.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /// A subsection's name in paths: without the name of its owner, if it begins with that. `e1000`
    /// and `e1000/tso_state` give `tso_state`.
    static String below(String owner, String name) {
        return name.startsWith(owner + "/") ? name.substring(owner.length() + 1) : name;
    }
}
