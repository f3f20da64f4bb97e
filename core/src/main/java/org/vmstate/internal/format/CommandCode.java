// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.format;

import java.util.Optional;

/// The commands of a stream: their numbers, their names and the valid lengths of their data.
///
/// QEMU: `enum qemu_vm_cmd`, `mig_cmd_args`.
public enum CommandCode {
    /// Asks the destination to answer on the return path.
    OPEN_RETURN_PATH(1, "open-return-path"),

    /// Asks for a pong.
    PING(2, "ping"),

    /// Announces that the migration may later switch to postcopy.
    POSTCOPY_ADVISE(3, "postcopy-advise"),

    /// Tells the destination to expect pages on demand.
    POSTCOPY_LISTEN(4, "postcopy-listen"),

    /// Starts the guest at the destination.
    POSTCOPY_RUN(5, "postcopy-run"),

    /// Makes the destination discard pages; the data must not be empty.
    POSTCOPY_RAM_DISCARD(6, "postcopy-ram-discard"),

    /// Holds the length of the elements that follow.
    PACKAGED(7, "packaged"),

    /// Begins a COLO run.
    ENABLE_COLO(8, "enable-colo"),

    /// Resumes a postcopy migration after its connection was lost.
    POSTCOPY_RESUME(9, "postcopy-resume"),

    /// Requests the bitmap of the pages of a block that the destination has; the data must not be
    /// empty.
    RECEIVE_BITMAP(10, "recv-bitmap"),

    /// Tells that the guest has stopped.
    SWITCHOVER_START(11, "switchover-start");

    private static final CommandCode[] ALL = values();

    private final int number;
    private final String label;

    CommandCode(int number, String label) {
        this.number = number;
        this.label = label;
    }

    /// Returns the command with a number, if there is one.
    public static Optional<CommandCode> of(int number) {
        return number < 1 || number > ALL.length ? Optional.empty() : Optional.of(ALL[number - 1]);
    }

    /// Whether there is a command with this number whose data can have this length.
    public static boolean exists(int number, int length) {
        return of(number).filter(command -> command.takes(length)).isPresent();
    }

    private boolean takes(int length) {
        return switch (this) {
            case OPEN_RETURN_PATH,
                    POSTCOPY_LISTEN,
                    POSTCOPY_RUN,
                    ENABLE_COLO,
                    POSTCOPY_RESUME,
                    SWITCHOVER_START ->
                    length == 0;
            case PING, PACKAGED -> length == Integer.BYTES;
            case POSTCOPY_ADVISE -> length == 0 || length == 2 * Long.BYTES;
            case POSTCOPY_RAM_DISCARD, RECEIVE_BITMAP -> length > 0;
        };
    }

    /// The number of the command in the stream; u16.
    public int number() {
        return number;
    }

    /// The name as QEMU's trace events spell it.
    public String label() {
        return label;
    }
}
