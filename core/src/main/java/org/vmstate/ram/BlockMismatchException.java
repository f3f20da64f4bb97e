// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

/// Thrown when an argument does not fit the guest's blocks: a name that no block has, a file that
/// is not as long as its block, or addresses at which blocks would overlap.
public final class BlockMismatchException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /// Creates an exception with a message without a full stop.
    public BlockMismatchException(String message) {
        super(message);
    }
}
