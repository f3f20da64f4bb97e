// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/// Named snapshots of a machine in a folder: one stream per file, `NAME.vmstate`.
///
/// A snapshot appears when it is complete, and replaces the one of the same name. `vmstate show`
/// and QEMU's `analyze-migration.py` read the files.
///
/// QEMU: `savevm`, `loadvm`, `delvm`, `info snapshots`.
public final class SnapshotFolder {
    private static final String SUFFIX = ".vmstate";

    private final Path folder;

    /// Creates the object for a folder, which is created when the first snapshot is saved.
    public SnapshotFolder(Path folder) {
        this.folder = folder;
    }

    /// Saves a machine under a name.
    ///
    /// @throws IllegalArgumentException if the name is empty, begins with a dot, or contains a
    ///   slash, a backslash or a control character
    public void save(Machine machine, String name) throws IOException {
        Path file = file(name);
        Files.createDirectories(folder);
        machine.save(file);
    }

    /// Loads a machine from the snapshot of a name.
    ///
    /// @throws java.nio.file.NoSuchFileException if there is none
    public LoadReport load(Machine machine, String name) throws IOException {
        return machine.load(file(name));
    }

    /// Deletes the snapshot of a name; returns whether there was one.
    public boolean delete(String name) throws IOException {
        return Files.deleteIfExists(file(name));
    }

    /// Returns the names of all snapshots, sorted.
    public List<String> names() throws IOException {
        TreeSet<String> names = new TreeSet<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
                for (Path file : files) {
                    String fileName = file.getFileName().toString();
                    String name = fileName.substring(0, fileName.length() - SUFFIX.length());
                    if (isName(name) && !Files.isDirectory(file)) {
                        names.add(name);
                    }
                }
            } catch (DirectoryIteratorException e) {
                throw e.getCause();
            }
        }
        return List.copyOf(names);
    }

    private Path file(String name) {
        if (!isName(name)) {
            throw new IllegalArgumentException("not a name of a snapshot: " + name);
        }
        return folder.resolve(name + SUFFIX);
    }

    private static boolean isName(String name) {
        return !name.isEmpty()
                && !name.startsWith(".")
                && name.chars().noneMatch(c -> c == '/' || c == '\\' || c < ' ');
    }
}
