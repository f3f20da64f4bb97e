// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.Writer;

/// Runs what users run, into nothing, so that the launcher can record what is loaded on the way and
/// start every later run from there.
final class Rehearsal {
    private Rehearsal() {}

    /// Rehearses on these streams.
    public static void main(String[] samples) {
        for (String sample : samples) {
            run("show", sample);
            run("show", sample, "*");
            run("show", sample, "--json", "*");
            run("show", sample, "--format", "qemu");
            run("convert", sample, "-");
        }
        run("--help");
        run("show", "--help");
    }

    private static void run(String... args) {
        PrintWriter silent = new PrintWriter(Writer.nullWriter());
        InputStream nothing = InputStream.nullInputStream();
        Main.run(new Terminal(nothing, OutputStream.nullOutputStream(), silent, false), args);
    }
}
