// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import java.util.ArrayList;
import java.util.List;
import org.vmstate.fuzz.Target;

/// The targets.
public final class Targets {
    /// The target in the tool's tests, which this module cannot refer to.
    private static final String COMMANDS = "org.vmstate.tool.CommandsTarget";

    private Targets() {}

    /// Returns the targets of the library, and that of the tool if it is on the class path.
    public static List<Target> all() {
        List<Target> all = new ArrayList<>(library());
        try {
            all.add(
                    Class.forName(COMMANDS)
                            .asSubclass(Target.class)
                            .getConstructor()
                            .newInstance());
        } catch (ClassNotFoundException e) {
            // The tool's tests are not on the class path.
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
        return all;
    }

    /// Returns the targets of the library.
    public static List<Target> library() {
        return List.of(
                new ContainersTarget(),
                new StreamTarget(),
                new DescriptionTarget(),
                new BodyTarget(),
                new RamTarget(),
                new ChannelsTarget(),
                new DeclaredTarget(),
                new MachineTarget());
    }

    /// Returns the target of the library with a name.
    public static Target of(String name) {
        return library().stream()
                .filter(target -> target.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no target " + name));
    }
}
