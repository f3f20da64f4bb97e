// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.format;

import java.nio.charset.StandardCharsets;

/// The limits of fields of the format.
public final class FormatLimits {
    /// The largest number of bytes in a counted string: names of sections, subsections, RAM blocks.
    public static final int MAX_NAME_BYTES = 0xff;

    /// The highest version of a subsection that a loader keeps; see [SubsectionHeader#loaded(int)].
    public static final int MAX_SUBSECTION_VERSION = 0xff;

    /// The smallest page of any QEMU target, as a power of two.
    public static final int MIN_PAGE_BITS = 8;

    /// The largest page of any QEMU target, as a power of two.
    public static final int MAX_PAGE_BITS = 15;

    private FormatLimits() {}

    /// Whether a name fits a counted string.
    public static boolean nameFits(String name) {
        return name.getBytes(StandardCharsets.UTF_8).length <= MAX_NAME_BYTES;
    }
}
