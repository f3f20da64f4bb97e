// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import org.vmstate.internal.format.SubsectionHeader;

/// The names of subsections: on the wire, and in paths.
final class SubsectionNames {
    private SubsectionNames() {}

    /// Whether a subsection of that name (of ASCII) begins at an offset.
    static boolean begins(Region region, long offset, String name) {
        return beginsWith(region, offset, name)
                && region.u8(offset + SubsectionHeader.NAME_LENGTH_AT) == name.length();
    }

    /// Whether a subsection of a description of that name (of ASCII) begins at an offset.
    static boolean beginsOneOf(Region region, long offset, String parent) {
        return beginsWith(region, offset, parent)
                && region.u8(offset + SubsectionHeader.NAME_LENGTH_AT) > parent.length();
    }

    /// Whether a subsection whose name has that prefix (of ASCII) begins at an offset.
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

    /// The step to a subsection: `/` and its name, of which the name of what it belongs to is left
    /// out if it is repeated in front: `e1000` and `e1000/tso_state` make `/tso_state`.
    static String step(String owner, String name) {
        return name.startsWith(owner + "/") ? name.substring(owner.length()) : "/" + name;
    }
}
