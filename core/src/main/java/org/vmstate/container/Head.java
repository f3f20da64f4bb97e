// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.nio.charset.StandardCharsets;

/// The first bytes of an input, by which it is recognised.
@SuppressWarnings("ArrayRecordComponent") // looked at, never compared
record Head(byte[] bytes) {
    static final int BYTES = 16;

    boolean startsWith(String magic) {
        return text().startsWith(magic);
    }

    boolean stream() {
        return startsWith("QEVM");
    }

    boolean disk() {
        return startsWith("QFI\u00fb");
    }

    boolean libvirt() {
        return startsWith(LibvirtHeader.COMPLETE) || startsWith(LibvirtHeader.PARTIAL);
    }

    boolean zeros() {
        for (byte b : bytes) {
            if (b != 0) {
                return false;
            }
        }
        return bytes.length > 0;
    }

    private String text() {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
