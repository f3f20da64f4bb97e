// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.Writer;

/// Runs what users run most, into nothing, so that the launcher can record what is loaded on the
/// way and start every later run from there.
final class Rehearsal {
    private Rehearsal() {}

    /// Shows these streams.
    ///
    /// No more than that: whatever is recorded is loaded at every start, needed or not.
    public static void main(String[] samples) {
        PrintWriter silent = new PrintWriter(Writer.nullWriter());
        InputStream nothing = InputStream.nullInputStream();
        for (String sample : samples) {
            Main.run(
                    new Terminal(nothing, OutputStream.nullOutputStream(), silent, false),
                    "show",
                    sample);
        }
    }
}
