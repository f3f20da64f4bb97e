// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// The device and body length of one full section according to a description.
public record ExpectedSection(String idString, long instanceId, long bodyLength) {
    /// Checks that the length is not negative.
    public ExpectedSection {
        if (bodyLength < 0) {
            throw new IllegalArgumentException("negative length " + bodyLength);
        }
    }
}
