// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.util.List;
import java.util.Optional;
import org.vmstate.internal.format.CommandCode;

/// A command to the destination, sent between sections. QEMU: `enum qemu_vm_cmd`,
/// `QEMU_VM_COMMAND`.
///
/// ```
/// 0x08  u16 code  u16 n  data[n]
/// ```
public sealed interface Command extends StreamElement {
    /// The number of the command in the stream; u16.
    default int code() {
        return codeOf(this).number();
    }

    /// The command's name as QEMU's trace events spell it.
    default String label() {
        return codeOf(this).label();
    }

    private static CommandCode codeOf(Command command) {
        return switch (command) {
            case OpenReturnPath _ -> CommandCode.OPEN_RETURN_PATH;
            case Ping _ -> CommandCode.PING;
            case PostcopyAdvise _ -> CommandCode.POSTCOPY_ADVISE;
            case PostcopyListen _ -> CommandCode.POSTCOPY_LISTEN;
            case PostcopyRun _ -> CommandCode.POSTCOPY_RUN;
            case RamDiscard _ -> CommandCode.POSTCOPY_RAM_DISCARD;
            case Packaged _ -> CommandCode.PACKAGED;
            case EnableColo _ -> CommandCode.ENABLE_COLO;
            case PostcopyResume _ -> CommandCode.POSTCOPY_RESUME;
            case ReceiveBitmap _ -> CommandCode.RECEIVE_BITMAP;
            case SwitchoverStart _ -> CommandCode.SWITCHOVER_START;
        };
    }

    /// Asks the destination to answer on the return path.
    record OpenReturnPath() implements Command {}

    /// Asks for a pong with the same number; u32.
    record Ping(long number) implements Command {}

    /// Announces that the migration may later switch to postcopy, with the source's page sizes;
    /// older sources of a guest without RAM postcopy do not send them.
    record PostcopyAdvise(Optional<PageSizes> pageSizes) implements Command {
        /// Sizes in bytes; `hostPages` is the sum of the distinct page sizes of the source's RAM
        /// blocks.
        public record PageSizes(long hostPages, long targetPage) {}
    }

    /// Tells the destination to expect pages on demand.
    record PostcopyListen() implements Command {}

    /// Starts the guest at the destination.
    record PostcopyRun() implements Command {}

    /// Makes the destination discard stale pages of a RAM block.
    ///
    /// ```
    /// u8 0  str8 block  u8 0  n × (u64 start  u64 length)
    /// ```
    record RamDiscard(String block, List<Range> ranges) implements Command {
        /// Copies the list.
        public RamDiscard {
            ranges = List.copyOf(ranges);
        }

        /// A range of bytes of the block; both numbers are u64.
        public record Range(long start, long length) {}
    }

    /// A sequence of elements sent as one unit: the state of the devices when the migration
    /// switches to postcopy.
    ///
    /// ```
    /// u32 n  elements, n bytes of them (n is the command's data, the elements follow the command)
    /// ```
    record Packaged(List<StreamElement> elements) implements Command {
        /// Copies the list.
        public Packaged {
            elements = List.copyOf(elements);
        }
    }

    /// Begins a COLO run.
    record EnableColo() implements Command {}

    /// Resumes a postcopy migration after its connection was lost.
    record PostcopyResume() implements Command {}

    /// Requests the bitmap of the pages of a block that the destination has.
    record ReceiveBitmap(String block) implements Command {}

    /// Tells that the guest has stopped and the rest of the state follows. Since 9.0 it is sent in
    /// every ordinary migration of a new machine type.
    record SwitchoverStart() implements Command {}
}
