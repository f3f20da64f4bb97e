// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.IOException;

/// A way for file descriptors to travel beside the bytes of a stream, as over a Unix socket.
///
/// Bind an implementation for the duration of the save or load:
///
/// ```java
/// ScopedValue.where(DescriptorPassing.CURRENT, socket).call(() -> VMSTATE.load(reader, device, 1));
/// ```
///
/// Without that, a field of kind `fd` is an [UnsupportedException].
///
/// QEMU: `qemu_file_put_fd`, `qemu_file_get_fd`.
public interface DescriptorPassing {
    /// The way that descriptors travel in the save or load under way.
    ScopedValue<DescriptorPassing> CURRENT = ScopedValue.newInstance();

    /// Hands on what `writer` holds, then writes the byte 0x20 with the descriptor beside it.
    void send(WireWriter writer, int descriptor) throws IOException;

    /// The descriptor that came beside the byte just read, or -1 if none did.
    int receive() throws IOException;

    /// The current way, while saving.
    static DescriptorPassing ofThisSave() throws UnsupportedException {
        return ofThisLoad(VMStateException.NO_OFFSET);
    }

    /// The current way; `offset` is where the field is.
    static DescriptorPassing ofThisLoad(long offset) throws UnsupportedException {
        if (!CURRENT.isBound()) {
            throw new UnsupportedException("this stream does not pass file descriptors", offset);
        }
        return CURRENT.get();
    }
}
