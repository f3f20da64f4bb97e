// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import java.util.ArrayList;
import java.util.List;
import org.vmstate.fuzz.Target;

/// The targets there are.
public final class Targets {
    /// Of the tool's tests, which this module does not see.
    private static final String COMMANDS = "org.vmstate.tool.CommandsTarget";

    private Targets() {}

    /// Those of the library, and the tool's where it is on the class path.
    public static List<Target> all() {
        List<Target> all = new ArrayList<>(library());
        try {
            all.add(
                    Class.forName(COMMANDS)
                            .asSubclass(Target.class)
                            .getConstructor()
                            .newInstance());
        } catch (ClassNotFoundException e) {
            // the library's tests by themselves
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
        return all;
    }

    /// Those of the library.
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

    /// The one of the library that has a name.
    public static Target of(String name) {
        return library().stream()
                .filter(target -> target.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no target " + name));
    }
}
