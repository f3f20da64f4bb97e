// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.util.Optional;

/// A compression of an input, recognised by its first bytes.
public enum Compression {
    /// RFC 1952.
    GZIP("\u001f\u008b"),
    /// The `.xz` format.
    XZ("\u00fd7zXZ\0"),
    /// RFC 8878; needs zstd-jni.
    ZSTD("(\u00b5/\u00fd"),
    /// bzip2. Needs an external [Unpacker], which decodes one member and reads no further.
    BZIP2("BZh"),
    /// LZ4's frame format.
    LZ4("\u0004\"M\u0018"),
    /// The format of the tool lzop, whose compression is LZO1X.
    LZOP("\u0089LZO\0\r\n\u001a\n");

    private final String magic;

    Compression(String magic) {
        this.magic = magic;
    }

    /// The first bytes of such data, one per character.
    String magic() {
        return magic;
    }

    /// The compression of an input with these first bytes.
    static Optional<Compression> of(FirstBytes head) {
        for (Compression candidate : values()) {
            if (head.startsWith(candidate.magic)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }
}
