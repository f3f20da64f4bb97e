// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.IOException;

/// Passes file descriptors with the bytes of a stream, for example as ancillary data of a Unix
/// socket.
///
/// Bind an implementation for the duration of the save or load:
///
/// ```java
/// ScopedValue.where(DescriptorPassing.CURRENT, socket).call(() -> VMSTATE.load(reader, device, 1));
/// ```
///
/// If none is bound, saving or loading a field of type `fd` throws [UnsupportedException].
///
/// QEMU: `qemu_file_put_fd`, `qemu_file_get_fd`.
public interface DescriptorPassing {
    /// The implementation for the current save or load.
    ScopedValue<DescriptorPassing> CURRENT = ScopedValue.newInstance();

    /// Flushes `writer`, then writes the byte 0x20 and passes the descriptor with it.
    void send(WireWriter writer, int descriptor) throws IOException;

    /// Returns the descriptor that was passed with the byte just read, or -1 if there was none.
    int receive() throws IOException;

    /// Returns the current implementation, for saving.
    static DescriptorPassing ofThisSave() throws UnsupportedException {
        return ofThisLoad(VMStateException.NO_OFFSET);
    }

    /// Returns the current implementation, for loading; `offset` is the offset of the field.
    static DescriptorPassing ofThisLoad(long offset) throws UnsupportedException {
        if (!CURRENT.isBound()) {
            throw new UnsupportedException("this stream does not pass file descriptors", offset);
        }
        return CURRENT.get();
    }
}
