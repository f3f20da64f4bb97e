// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

/// Prints which JDK the build uses, for scripts.
final class JavaHome {
    private JavaHome() {}

    /// Prints its directory.
    public static void main(String... args) {
        System.out.print(System.getProperty("java.home"));
    }
}
