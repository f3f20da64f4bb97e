// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.util.Optional;

/// A wrapper around a stream.
public sealed interface Layer {
    /// Zeros before the stream, as a `file:` migration with an offset writes them.
    record Offset(long bytes) implements Layer {}

    /// Data of another program before the stream: its own header, records, an older file.
    ///
    /// @param bytes the number of bytes before the stream
    /// @param program the program, if its header is known
    record Foreign(long bytes, Optional<String> program) implements Layer {}

    /// Compression.
    record Compressed(Compression by) implements Layer {}

    /// An internal snapshot of a disk image.
    record DiskSnapshot(Snapshot snapshot) implements Layer {}

    /// The header and metadata of a libvirt save image.
    ///
    /// @param complete false if libvirt has not completed the image, or failed to
    /// @param version 1 to 3
    /// @param running whether the domain was running when it was saved
    /// @param format the format of the stream
    /// @param domainXml the domain's definition
    /// @param cookieXml further data of libvirt
    record LibvirtImage(
            boolean complete,
            int version,
            boolean running,
            LibvirtHeader.Format format,
            String domainXml,
            Optional<String> cookieXml)
            implements Layer {}
}
