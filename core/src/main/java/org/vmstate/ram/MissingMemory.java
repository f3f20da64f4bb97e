// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

/// Evidence that memory of the guest, or the last contents of some pages, are not in the input.
///
/// @param message the evidence as a sentence without a full stop
public record MissingMemory(Kind kind, String message) {
    /// The kinds of evidence.
    public enum Kind {
        /// The stream is the main channel of a multifd migration, and no other channel was given.
        NO_CHANNELS,
        /// The given channels are not numbered consecutively.
        CHANNEL_MISSING,
        /// A channel has fewer sync packets than the main stream has sync points.
        CHANNEL_CUT,
        /// The numbers of the packets are not consecutive.
        PACKETS_MISSING,
        /// The stream contains records that call a load hook: the program that wrote it stores
        /// memory elsewhere.
        RAM_HOOK
    }
}
