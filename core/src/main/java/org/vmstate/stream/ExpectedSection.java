// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// What a description says of one full section: which device it is of and how many bytes its body
/// has.
public record ExpectedSection(String idString, long instanceId, long bodyLength) {
    /// An expectation of at least 0 bytes.
    public ExpectedSection {
        if (bodyLength < 0) {
            throw new IllegalArgumentException("negative length " + bodyLength);
        }
    }
}
