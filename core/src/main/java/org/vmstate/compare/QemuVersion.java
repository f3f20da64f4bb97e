// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A version of QEMU, such as 7.2. The third number never changes what a destination can load.
///
/// @param major the first number, not negative
/// @param minor the second number, not negative
public record QemuVersion(int major, int minor) implements Comparable<QemuVersion> {
    private static final Pattern TEXT = Pattern.compile("v?(\\d{1,4})\\.(\\d{1,4})(\\..*)?");
    private static final Pattern IN_MACHINE = Pattern.compile(".*-(\\d{1,3})\\.(\\d{1,2})");
    private static final Comparator<QemuVersion> ORDER =
            Comparator.comparingInt(QemuVersion::major).thenComparingInt(QemuVersion::minor);

    /// Checks the numbers.
    public QemuVersion {
        if (major < 0 || minor < 0) {
            throw new IllegalArgumentException("version " + major + "." + minor);
        }
    }

    /// Parses a version such as `7.2`, `v10.0.3` or `7.2.22 (Debian 1:7.2)`.
    ///
    /// @throws IllegalArgumentException if the text is not a version
    public static QemuVersion parse(String text) {
        return matched(TEXT.matcher(text))
                .orElseThrow(() -> new IllegalArgumentException("not a version of QEMU: " + text));
    }

    /// The version in the name of a machine type, such as `pc-i440fx-7.2`, which is the first QEMU
    /// that has the type; empty if the name contains none.
    public static Optional<QemuVersion> ofMachineType(String name) {
        return matched(IN_MACHINE.matcher(name));
    }

    private static Optional<QemuVersion> matched(Matcher text) {
        return text.matches()
                ? Optional.of(
                        new QemuVersion(
                                Integer.parseInt(text.group(1)), Integer.parseInt(text.group(2))))
                : Optional.empty();
    }

    /// Whether this version is `major.minor` or newer.
    public boolean isAtLeast(int major, int minor) {
        return compareTo(new QemuVersion(major, minor)) >= 0;
    }

    @Override
    public int compareTo(QemuVersion other) {
        return ORDER.compare(this, other);
    }

    /// The text, such as `7.2`.
    @Override
    public String toString() {
        return major + "." + minor;
    }
}
