// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.format;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// How this library appends text that is already rendered to a description writer, whose public API
/// does not offer it.
///
/// The writer's class registers the way to do it when it is initialized.
public final class RenderedText {
    private static @Nullable Appender appender;

    private RenderedText() {}

    /// Appends text to a writer.
    public interface Appender {
        /// Appends a text so many times, with separators between them and before the first one
        /// where one is due; `complete` says that one is due behind the last.
        void append(Object writer, String text, int times, boolean complete);
    }

    /// Registers the way to append.
    public static void register(Appender appends) {
        appender = appends;
    }

    /// Appends members or elements so many times, with separators; nothing if the text is empty.
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
