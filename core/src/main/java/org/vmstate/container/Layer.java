// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.util.Optional;

/// One thing that was wrapped around a stream.
public sealed interface Layer {
    /// Zeros before the stream, as a `file:` migration with an offset leaves them.
    record Offset(long bytes) implements Layer {}

    /// What another program wrote before the stream: its own header, records, an older file.
    ///
    /// @param bytes the number of bytes before the stream
    /// @param program the program, if its header is known
    record Foreign(long bytes, Optional<String> program) implements Layer {}

    /// Compression.
    record Compressed(Compression by) implements Layer {}

    /// An internal snapshot of a disk image.
    record DiskSnapshot(Snapshot snapshot) implements Layer {}

    /// The header and data of a libvirt save image.
    ///
    /// @param complete false while or after libvirt failed to write all of it
    /// @param version 1 to 3
    /// @param running whether the domain ran when it was saved
    /// @param format how the stream is stored
    /// @param domainXml the domain's definition
    /// @param cookieXml what libvirt keeps beside it
    record LibvirtImage(
            boolean complete,
            int version,
            boolean running,
            LibvirtHeader.Format format,
            String domainXml,
            Optional<String> cookieXml)
            implements Layer {}
}
