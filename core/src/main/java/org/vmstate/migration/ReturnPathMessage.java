// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.util.Arrays;
import java.util.Optional;

/// A message of a destination to its source, on the return path.
///
/// ```
/// u16 type  u16 n  data[n]
/// ```
///
/// QEMU: `enum mig_rp_message_type`.
public sealed interface ReturnPathMessage {
    /// The end of the return path: 0 if the destination has loaded everything, otherwise it failed.
    /// Type 1.
    ///
    /// @param status u32
    record Shut(long status) implements ReturnPathMessage {}

    /// The answer to [org.vmstate.stream.Command.Ping]. Type 2.
    ///
    /// @param number the number of the ping; u32
    record Pong(long number) implements ReturnPathMessage {}

    /// Asks for pages in postcopy. Type 3 with the name of the block, type 4 without.
    ///
    /// @param start the offset in the block in bytes; u64
    /// @param length in bytes; u32
    /// @param block empty for the block of the last request that named one
    record RequestPages(long start, long length, Optional<String> block)
            implements ReturnPathMessage {}

    /// The pages of a block that the destination has, after a broken connection. Type 5; the bitmap
    /// is not counted in the message's length.
    ///
    /// @param bitmap a bit for each target page, the lowest bit of a byte first; a multiple of 8
    ///   bytes
    @SuppressWarnings("ArrayRecordComponent") // compared by equals below
    record ReceivedBitmap(String block, byte[] bitmap) implements ReturnPathMessage {
        @Override
        public boolean equals(Object other) {
            return other instanceof ReceivedBitmap(String otherBlock, byte[] otherBitmap)
                    && block.equals(otherBlock)
                    && Arrays.equals(bitmap, otherBitmap);
        }

        @Override
        public int hashCode() {
            return block.hashCode() + Arrays.hashCode(bitmap);
        }
    }

    /// The answer to [org.vmstate.stream.Command.PostcopyResume]. Type 6.
    ///
    /// @param value u32; 1 if the destination is ready
    record ResumeAcknowledged(long value) implements ReturnPathMessage {}

    /// The destination is ready for the switchover. Type 7.
    record SwitchoverAcknowledged() implements ReturnPathMessage {}
}
