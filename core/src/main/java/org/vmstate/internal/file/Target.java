// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.file;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The file to which an output is written: the end of all symbolic links, whether it exists or not.
///
/// @param direct whether it is written directly, because it is not a regular file
record Target(Path path, boolean direct) {
    private static final int MAX_LINKS = 40;

    /// Follows the links from `given`.
    ///
    /// @throws IOException if it is a directory or if the links form a cycle
    static Target of(Path given) throws IOException {
        Path path = given.toAbsolutePath();
        for (int i = 0; Files.isSymbolicLink(path); i++) {
            if (i == MAX_LINKS) {
                throw new FileSystemException(
                        given.toString(), null, "too many levels of symbolic links");
            }
            Path next = path.resolveSibling(Files.readSymbolicLink(path));
            if (isDescriptor(path)
                    && !(Files.isRegularFile(next) && Files.isSameFile(path, next))) {
                return new Target(path, true); // the link's text is not the path of the open file
            }
            path = next;
        }
        if (path.getFileName() == null || Files.isDirectory(path)) {
            throw new FileSystemException(given.toString(), null, "is a directory");
        }
        return new Target(path, Files.exists(path) && !Files.isRegularFile(path));
    }

    /// Whether a link refers to an open file of a process, as `/proc/self/fd/1` does.
    private static boolean isDescriptor(Path link) throws IOException {
        Path folder = link.getParent();
        @Nullable Path name = folder == null ? null : folder.toRealPath().getFileName();
        return folder != null
                && name != null
                && name.toString().equals("fd")
                && folder.toRealPath().startsWith("/proc");
    }

    /// The folder that contains the file.
    Path folder() {
        Path folder = path.getParent();
        return folder == null ? path : folder;
    }
}
