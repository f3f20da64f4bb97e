// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.file;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Temporary files for data that is needed only while the process runs.
public final class ScratchFile {
    private ScratchFile() {}

    /// Opens an empty file in `folder` for reading and writing. The file has no name, so its space
    /// is freed when the channel is closed or the process ends, even if it is killed.
    public static FileChannel open(Path folder) throws IOException {
        String name = "temporary file in " + folder.toAbsolutePath();
        try {
            return new NamedChannel(Unfinished.scratch(folder), name);
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (NoSuchFileException e) {
            throw failure(name, "there is no such folder", e);
        } catch (java.nio.file.AccessDeniedException e) {
            throw failure(name, "permission denied", e);
        } catch (FileSystemException e) {
            throw failure(name, String.valueOf(e.getReason()), e);
        }
    }

    private static IOException failure(String name, String reason, IOException cause) {
        FileSystemException failure = new FileSystemException(name, null, reason);
        failure.initCause(cause);
        return failure;
    }
}
