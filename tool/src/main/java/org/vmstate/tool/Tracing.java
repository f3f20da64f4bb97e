// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.PrintWriter;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordingStream;
import org.vmstate.trace.TraceFormat;

/// Prints the trace events whose names fit a pattern, in QEMU's wording, while it is open.
///
/// The events are those of the JDK's Flight Recorder; a recording lives as long as this.
final class Tracing implements AutoCloseable {
    private final RecordingStream events = new RecordingStream();

    /// Begins to print events to `out`.
    ///
    /// @param pattern a name of events, in which `*` stands for anything, as with QEMU's `-trace`
    Tracing(String pattern, PrintWriter out) {
        Pattern names =
                Pattern.compile(
                        Stream.of(pattern.split("\\*", -1))
                                .map(Pattern::quote)
                                .collect(Collectors.joining(".*")));
        for (String name : TraceFormat.names()) {
            if (names.matcher(name).matches()) {
                events.enable(name);
                events.onEvent(name, event -> out.println(TraceFormat.format(event)));
            }
        }
        events.onFlush(out::flush);
        events.startAsync();
    }

    /// Prints what is left and ends the recording.
    @Override
    public void close() {
        events.stop();
        events.close();
    }
}
