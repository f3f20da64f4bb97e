// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.format;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Appends rendered text to a description writer. The writer's public API does not offer this.
///
/// The writer's class registers the implementation when it is initialized.
public final class RenderedText {
    private static @Nullable Appender appender;

    private RenderedText() {}

    /// Appends text to a writer.
    public interface Appender {
        /// Appends a text `times` times, with separators between the copies and, if necessary,
        /// before the first one. `complete` is false if the text ends where an object or array
        /// begins, so that no separator follows it.
        void append(Object writer, String text, int times, boolean complete);
    }

    /// Registers the implementation.
    public static void register(Appender appends) {
        appender = appends;
    }

    /// Appends members or elements `times` times, with separators; does nothing if the text is
    /// empty.
    public static void append(Object writer, String text, int times) {
        if (times > 0 && !text.isEmpty()) {
            appender().append(writer, text, times, true);
        }
    }

    /// Appends text that ends where an object or an array begins.
    public static void open(Object writer, String text) {
        appender().append(writer, text, 1, false);
    }

    private static Appender appender() {
        return Objects.requireNonNull(appender);
    }
}
