// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// Where a command prints its data, and whether that shows colours.
///
/// The launcher, which can tell, says in the property `vmstate.terminal` whether standard output is
/// a terminal. `NO_COLOR` switches colours off wherever it is set and not empty (no-color.org).
public record Terminal(OutputStream out, boolean colour) {
    private static final String ESCAPE = "\u001b[";

    static Terminal ofProcess() {
        return new Terminal(
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
                coloured(Boolean.getBoolean("vmstate.terminal"), System.getenv()));
    }

    static boolean coloured(boolean terminal, Map<String, String> environment) {
        return terminal
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !"dumb".equals(environment.get("TERM"));
    }

    /// A writer of text; what it could not write its `checkError` tells.
    public PrintWriter text() {
        return new PrintWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    }

    /// Text that stands out: a heading, a name.
    public String strong(String text) {
        return colour ? ESCAPE + "1m" + text + ESCAPE + "0m" : text;
    }

    /// Text that stands back: types, offsets.
    public String faint(String text) {
        return colour ? ESCAPE + "2m" + text + ESCAPE + "0m" : text;
    }

    /// Text that warns.
    public String warning(String text) {
        return colour ? ESCAPE + "33m" + text + ESCAPE + "0m" : text;
    }
}
