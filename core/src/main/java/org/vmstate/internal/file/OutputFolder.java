// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A set of output files in a folder, which are created only when all of them are complete.
///
/// If the folder does not exist, the files are written to a new folder in the same parent, which is
/// renamed at the end. An existing folder keeps its other files; the new ones are completed as with
/// [OutputFile#commit(List)].
public final class OutputFolder implements AutoCloseable {
    private final Path target;
    private final List<Path> madeParents;
    private final Unfinished.@Nullable Created lock;
    private final Path folder;
    private final Map<String, OutputFile> replacing = new LinkedHashMap<>();
    private final Map<String, FileChannel> files = new LinkedHashMap<>();
    private boolean committed;

    private OutputFolder(
            Path target, List<Path> madeParents, Unfinished.@Nullable Created lock, Path folder) {
        this.target = target;
        this.madeParents = madeParents;
        this.lock = lock;
        this.folder = folder;
    }

    /// Prepares the folder `target`, which may exist. Links are followed.
    public static OutputFolder create(Path target) throws IOException {
        if (Files.isDirectory(target)) {
            return new OutputFolder(target, List.of(), null, target);
        }
        Target real = Target.of(target);
        if (Files.exists(real.path())) {
            throw new FileSystemException(target.toString(), null, "is not a directory");
        }
        List<Path> made = new ArrayList<>();
        for (Path p = real.folder(); p != null && !Files.exists(p); p = p.getParent()) {
            made.add(p);
        }
        try {
            Files.createDirectories(real.folder());
            Unfinished.Created lock = Unfinished.create(real.folder(), true);
            Path folder = Unfinished.folderOf(lock.path());
            Unfinished.change(() -> Files.createDirectory(folder));
            return new OutputFolder(real.path(), made, lock, folder);
        } catch (FileSystemException e) {
            removeEmpty(made);
            throw OutputFile.failure(target, e);
        }
    }

    /// The folder for further temporary files.
    public Path scratchFolder() {
        return folder;
    }

    /// Creates a file, open for reading and writing. Can be called once per name.
    public FileChannel create(String name) throws IOException {
        if (lock == null) {
            OutputFile file = OutputFile.create(folder.resolve(name));
            replacing.put(name, file);
            return file.channel();
        }
        FileChannel channel =
                FileChannel.open(
                        folder.resolve(name),
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        FileChannel file = new NamedChannel(channel, target.resolve(name).toString());
        files.put(name, file);
        return file;
    }

    /// Completes the files with these names and deletes the others.
    public void commit(Set<String> names) throws IOException {
        if (lock == null) {
            OutputFile.commit(
                    replacing.entrySet().stream()
                            .filter(file -> names.contains(file.getKey()))
                            .map(Map.Entry::getValue)
                            .toList());
            return;
        }
        for (Map.Entry<String, FileChannel> file : files.entrySet()) {
            if (names.contains(file.getKey())) {
                file.getValue().force(true);
            } else {
                Files.delete(folder.resolve(file.getKey()));
            }
        }
        OutputFile.force(folder);
        Unfinished.change(() -> Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE));
        committed = true;
        Path parent = target.getParent();
        if (parent != null) {
            OutputFile.force(parent);
        }
    }

    /// Deletes all files unless they were committed.
    @Override
    public void close() throws IOException {
        for (OutputFile file : replacing.values()) {
            file.close();
        }
        for (FileChannel file : files.values()) {
            file.close();
        }
        if (lock != null) {
            Unfinished.remove(lock.path());
            lock.channel().close();
        }
        if (!committed) {
            removeEmpty(madeParents);
        }
    }

    private static void removeEmpty(List<Path> folders) {
        for (Path made : folders) {
            try {
                Files.deleteIfExists(made);
            } catch (IOException e) {
                return; // another process put a file there
            }
        }
    }
}
