// SPDX-License-Identifier: Apache-2.0
package org.vmstate.transport;

import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/// Opens the files of `file:` addresses.
final class FileChannels {
    private FileChannels() {}

    /// Opens a file for reading.
    static ByteChannel open(MigrationAddress.File address) throws IOException {
        return open(address, Set.of(StandardOpenOption.READ));
    }

    /// Creates a file, or opens it for writing if the stream does not begin with the file's first
    /// byte.
    static ByteChannel create(MigrationAddress.File address) throws IOException {
        return open(
                address,
                address.offset() == 0
                        ? Set.of(
                                StandardOpenOption.WRITE,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.TRUNCATE_EXISTING)
                        : Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE));
    }

    @SuppressWarnings("MustBeClosedChecker") // the caller closes the result
    private static ByteChannel open(
            MigrationAddress.File address, Set<? extends OpenOption> options) throws IOException {
        try {
            FileChannel file = FileChannel.open(address.path(), options);
            try {
                if (address.offset() != 0) {
                    file.position(address.offset());
                }
                return new AddressChannel<>(file, address);
            } catch (IOException e) {
                file.close();
                throw e;
            }
        } catch (NoSuchFileException e) {
            throw new IOException(address + ": no such file or folder", e);
        } catch (FileSystemException e) {
            String reason = e.getReason() == null ? "permission denied" : e.getReason();
            throw new IOException(address + ": " + reason, e);
        } catch (IOException e) {
            throw AddressChannel.named(address, e);
        }
    }
}
