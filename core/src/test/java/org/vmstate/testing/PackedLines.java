// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.tukaani.xz.XZInputStream;

/// A test resource of lines with tab-separated parts, compressed with xz.
public final class PackedLines {
    private PackedLines() {}

    /// The lines of a resource beside a class, divided into parts.
    public static List<List<String>> read(Class<?> beside, String name) {
        try (InputStream packed = Objects.requireNonNull(beside.getResourceAsStream(name), name);
                BufferedReader lines =
                        new BufferedReader(
                                new InputStreamReader(
                                        new XZInputStream(packed), StandardCharsets.UTF_8))) {
            return lines.lines().map(line -> List.of(line.split("\t", -1))).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
