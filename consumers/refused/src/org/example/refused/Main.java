// SPDX-License-Identifier: Apache-2.0
package org.example.refused;

import static org.vmstate.VMStateFields.*;

import java.lang.invoke.MethodHandles;
import org.example.chassis.Module;
import org.vmstate.VMStateDescription;

/// Declares a private field of a superclass in another module.
public final class Main extends Module {
    /// Prints the reason why the declaration is refused.
    public static void main(String[] args) {
        try {
            VMStateDescription.builder("refused", Main.class, MethodHandles.lookup())
                    .fields(uint32("serial_number"))
                    .build();
        } catch (IllegalArgumentException e) {
            System.out.println(e.getMessage());
        }
    }
}
