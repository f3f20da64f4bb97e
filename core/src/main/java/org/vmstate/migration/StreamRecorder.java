// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// A destination without a machine: receives the migration of a QEMU, or of another program, and
/// writes it to a file.
///
/// The stream is read by its structure, so its end is recognized although the connection stays
/// open. The return path is answered as a destination answers it; in postcopy the source sends all
/// pages without being asked. The source receives the answer that everything was loaded only after
/// the recording has been committed; if anything fails before, it is told so, if it has opened the
/// return path, and its guest continues to run.
///
/// Not reusable: create one per migration. [#record] works in the thread that calls it; it can be
/// ended by interrupting this thread.
///
/// QEMU: `process_incoming_migration_co`.
public final class StreamRecorder {
    private final RecordingOptions options;
    private boolean used;

    /// Creates a recorder.
    public StreamRecorder(RecordingOptions options) {
        this.options = Objects.requireNonNull(options);
    }

    /// Makes the outputs permanent, for example by renaming files.
    @FunctionalInterface
    public interface Commit {
        /// Called once, when all bytes have been written.
        void commit() throws IOException;
    }

    /// What was recorded.
    ///
    /// @param machineType the machine type in the configuration; empty for old sources
    /// @param received the number of bytes received over all channels
    /// @param returnPath whether the source opened the return path, and so learned of the success
    /// @param postcopy whether the source switched to postcopy
    /// @param time the time from the connection to the commit
    public record Result(
            Optional<String> machineType,
            long received,
            boolean returnPath,
            boolean postcopy,
            Duration time) {}

    /// Receives one migration. The acceptor and the connections are closed; the outputs are not.
    ///
    /// Throws a [org.vmstate.wire.VMStateException] for invalid bytes, and an `IOException` if a
    /// connection or an output fails, or the source is silent for too long.
    ///
    /// @param acceptor accepts the channels of the source
    /// @param output the recording; a `FileChannel` if the form is `MAPPED_RAM`
    /// @param channelOutputs the outputs of the multifd channels if the form is `RAW`, as many as
    ///   there are channels; else empty
    /// @param commit called before the source is told of the success
    /// @throws IllegalArgumentException if the number of outputs is wrong
    /// @throws IllegalStateException if this was called before
    public Result record(
            ChannelAcceptor acceptor,
            WritableByteChannel output,
            List<? extends WritableByteChannel> channelOutputs,
            Commit commit)
            throws IOException {
        int wanted = options.form() == RecordingOptions.Form.RAW ? options.channels() : 0;
        if (channelOutputs.size() != wanted) {
            throw new IllegalArgumentException(channelOutputs.size() + " outputs of channels");
        }
        if (used) {
            throw new IllegalStateException("a recorder receives one migration");
        }
        used = true;
        try (Recording recording = new Recording(options, acceptor, output, channelOutputs)) {
            return recording.run(commit);
        }
    }
}
