// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.library;

import org.vmstate.wire.UnsupportedException;

/// An optional dependency that is needed only to read or write one kind of data.
///
/// A class that uses the library must be referenced only by the class that catches the
/// `LinkageError`, in the call that first needs the library: the verifier may link a class before
/// the code that uses it runs.
public enum OptionalLibrary {
    /// Reads data compressed with xz.
    XZ("xz", "org.tukaani:xz", "org.tukaani.xz"),
    /// Reads and writes data compressed with zstd.
    ZSTD("zstd", "com.github.luben:zstd-jni", "com.github.luben.zstd_jni");

    private final String format;
    private final String artifact;
    private final String module;

    OptionalLibrary(String format, String artifact, String module) {
        this.format = format;
        this.artifact = artifact;
        this.module = module;
    }

    /// Returns an exception whose message says how to provide this library, or why it cannot be
    /// loaded.
    public UnsupportedException missing(LinkageError cause, long offset) {
        boolean absent =
                cause.getCause() instanceof ClassNotFoundException
                        || cause instanceof IllegalAccessError;
        UnsupportedException missing =
                new UnsupportedException(
                        format
                                + " needs the library "
                                + artifact
                                + (absent ? provided() : ", which cannot be loaded: " + cause),
                        offset);
        missing.initCause(cause);
        return missing;
    }

    private String provided() {
        return OptionalLibrary.class.getModule().isNamed()
                ? " on the module path, and its module "
                        + module
                        + " required by a module or named by --add-modules"
                : " on the class path";
    }
}
