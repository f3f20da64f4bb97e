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

/// Prints the trace events whose names match a pattern, in QEMU's format, until it is closed.
///
/// The events are those of the JDK's Flight Recorder. The recording ends when this is closed.
final class Tracing implements AutoCloseable {
    /// More than the size of the recorder's temporary files. If the disk is full, the recorder ends
    /// the process.
    private static final long ROOM_BYTES = 32L << 20;

    private final RecordingStream events;

    /// Starts to print events to `out`.
    ///
    /// @param pattern an event name with `*` as a wildcard, as with QEMU's `-trace`
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

    /// Prints the remaining events and ends the recording.
    @Override
    public void close() {
        events.stop();
        events.close();
    }
}
