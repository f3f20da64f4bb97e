// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

/// Thrown when what a caller says of blocks does not fit those of the guest: a name that no block
/// has, a file that is not as long as its block, addresses at which blocks would overlap.
public final class BlockMismatchException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /// A mismatch, described by a sentence without a full stop.
    public BlockMismatchException(String message) {
        super(message);
    }
}
