// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

/// Evidence that memory of the guest, or the last contents of some pages, are not in what was read.
///
/// @param message the evidence as a sentence without a full stop
public record MissingMemory(Kind kind, String message) {
    /// What the evidence is of.
    public enum Kind {
        /// The stream is the main channel of a multifd migration, and no other channel was given.
        NO_CHANNELS,
        /// The numbers of the channels given have a gap.
        CHANNEL_MISSING,
        /// A channel has fewer sync packets than the main stream has sync points.
        CHANNEL_CUT,
        /// The numbers of the packets have gaps.
        PACKETS_MISSING,
        /// The stream calls a load hook: the program that wrote it keeps memory elsewhere.
        RAM_HOOK
    }
}
