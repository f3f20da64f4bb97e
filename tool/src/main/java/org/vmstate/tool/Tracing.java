// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordingStream;
import org.vmstate.internal.file.ScratchFile;
import org.vmstate.trace.TraceFormat;

/// Prints the trace events whose names fit a pattern, in QEMU's wording, while it is open.
///
/// The events are those of the JDK's Flight Recorder; a recording lives as long as this.
final class Tracing implements AutoCloseable {
    /// More than the recorder's files take before they are deleted; without room for them it ends
    /// the process.
    private static final long ROOM_BYTES = 32L << 20;

    private final RecordingStream events;

    /// Begins to print events to `out`.
    ///
    /// @param pattern a name of events, in which `*` stands for anything, as with QEMU's `-trace`
    /// @throws IOException if the recorder cannot write its files
    Tracing(String pattern, PrintWriter out) throws IOException {
        events = open(Path.of(System.getProperty("java.io.tmpdir")));
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

    private static RecordingStream open(Path folder) throws IOException {
        try (FileChannel _ = ScratchFile.open(folder)) {
            long room = Files.getFileStore(folder).getUsableSpace();
            if (room < ROOM_BYTES) {
                throw new FileSystemException(
                        folder.toString(),
                        null,
                        "no room for a trace: it has " + room + " bytes of " + ROOM_BYTES);
            }
        }
        try {
            return new RecordingStream();
        } catch (IllegalStateException e) {
            throw new IOException("the trace cannot be recorded in " + folder, e);
        }
    }

    /// Prints what is left and ends the recording.
    @Override
    public void close() {
        events.stop();
        events.close();
    }
}
