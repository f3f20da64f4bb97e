// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Mode, owner and group of a file.
record Ownership(int mode, int user, int group) {
    private static final int MODE_BITS = 07777;
    private static final int OF_GROUP = 02070;
    private static final int OF_USER = 04000;

    /// Reads them of a file; null if the file system has none.
    static @Nullable Ownership of(Path file) throws IOException {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return null;
        }
        Map<String, Object> found = Files.readAttributes(file, "unix:mode,uid,gid");
        return found.get("mode") instanceof Integer mode
                        && found.get("uid") instanceof Integer user
                        && found.get("gid") instanceof Integer group
                ? new Ownership(mode & MODE_BITS, user, group)
                : null;
    }

    /// Sets them on another file, as far as the process may. If the group cannot be set, the file's
    /// actual group gets no rights.
    void applyTo(Path file) throws IOException {
        Ownership own = of(file);
        if (own == null) {
            return;
        }
        int kept = mode;
        if (own.user != user && !set(file, "unix:uid", user)) {
            kept &= ~OF_USER;
        }
        if (own.group != group && !set(file, "unix:gid", group)) {
            kept &= ~OF_GROUP;
        }
        Files.setAttribute(file, "unix:mode", kept);
    }

    private static boolean set(Path file, String attribute, int value) {
        try {
            Files.setAttribute(file, attribute, value);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
