// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

/// The names of subsections in paths.
final class SubsectionNames {
    private SubsectionNames() {}

    /// The step to a subsection: `/` and its name, of which the name of what it belongs to is left
    /// out if it is repeated in front: `e1000` and `e1000/tso_state` make `/tso_state`.
    static String step(String owner, String name) {
        return name.startsWith(owner + "/") ? name.substring(owner.length()) : "/" + name;
    }
}
