// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.vmstate.wire.WireReader;

/// The first bytes of an input, from which its kind is recognised.
@SuppressWarnings("ArrayRecordComponent") // not compared
record FirstBytes(byte[] bytes) {
    static final int BYTES = 16;

    /// Reads ahead at the position of `in`; fewer bytes if the input ends before.
    static FirstBytes of(WireReader in) throws IOException {
        int count = 0;
        while (count < BYTES && in.peek(count) >= 0) {
            count++;
        }
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) in.peek(i);
        }
        return new FirstBytes(bytes);
    }

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

    boolean cprState() {
        return startsWith("QCPR");
    }

    boolean skippableFrame() {
        return bytes.length >= 4
                && SkippableFrames.begins(
                        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt());
    }

    boolean xlSave() {
        return XlSave.MAGIC.startsWith(text()) && bytes.length == BYTES;
    }

    private String text() {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
