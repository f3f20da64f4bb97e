// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import org.vmstate.testing.Json;

/// Runs the tool inside the test's process.
final class Cli {
    static final Path SAMPLES = Path.of("..", "samples");

    private Cli() {}

    /// The result of a run.
    static final class Run {
        private final int code;
        private final byte[] out;
        private final String err;

        Run(int code, byte[] out, String err) {
            this.code = code;
            this.out = out;
            this.err = err;
        }

        int code() {
            return code;
        }

        byte[] out() {
            return out;
        }

        String err() {
            return err;
        }

        String text() {
            return new String(out, UTF_8);
        }

        Map<?, ?> json() {
            return (Map<?, ?>) Json.parse(text());
        }
    }

    static String sample(String name) {
        return SAMPLES.resolve(name + ".mig").toString();
    }

    static Run run(String... args) {
        return run(new byte[0], false, args);
    }

    static Run withInput(byte[] input, String... args) {
        return run(input, false, args);
    }

    static Run inColour(String... args) {
        return run(new byte[0], true, args);
    }

    private static Run run(byte[] input, boolean colour, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        StringWriter err = new StringWriter();
        int code =
                Main.run(
                        new Terminal(
                                new ByteArrayInputStream(input),
                                out,
                                new PrintWriter(err, true),
                                colour),
                        args);
        return new Run(code, out.toByteArray(), err.toString());
    }
}
