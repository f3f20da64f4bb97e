// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.util.List;
import java.util.Optional;
import org.vmstate.internal.format.CommandCode;

/// An order to the destination that stands between sections. QEMU: `enum qemu_vm_cmd`,
/// `QEMU_VM_COMMAND`.
///
/// ```
/// 0x08  u16 code  u16 n  data[n]
/// ```
public sealed interface Command extends StreamElement {
    /// The number that stands for the command in the stream; u16.
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

    /// Warns of a later change to postcopy, with the source's page sizes; older sources of a guest
    /// without RAM postcopy send none.
    record PostcopyAdvise(Optional<PageSizes> pageSizes) implements Command {
        /// Sizes in bytes; `hostPages` is the sum of the distinct page sizes of the source's RAM
        /// blocks.
        public record PageSizes(long hostPages, long targetPage) {}
    }

    /// Tells the destination to expect pages on demand.
    record PostcopyListen() implements Command {}

    /// Starts the guest at the destination.
    record PostcopyRun() implements Command {}

    /// Makes the destination forget pages of a RAM block that have become stale.
    ///
    /// ```
    /// u8 0  str8 block  u8 0  n × (u64 start  u64 length)
    /// ```
    record RamDiscard(String block, List<Range> ranges) implements Command {
        /// Ranges that do not change any more.
        public RamDiscard {
            ranges = List.copyOf(ranges);
        }

        /// Bytes of the block from `start`, both u64.
        public record Range(long start, long length) {}
    }

    /// A run of elements that travels as one piece: the state of the devices at the change to
    /// postcopy.
    ///
    /// ```
    /// u32 n  elements, n bytes of them (n stands in the command's data, the elements behind it)
    /// ```
    record Packaged(List<StreamElement> elements) implements Command {
        /// Elements that do not change any more.
        public Packaged {
            elements = List.copyOf(elements);
        }
    }

    /// Begins a COLO run.
    record EnableColo() implements Command {}

    /// Goes on with a postcopy migration that was cut.
    record PostcopyResume() implements Command {}

    /// Asks the destination which pages of a block it has.
    record ReceiveBitmap(String block) implements Command {}

    /// Says that the guest has stopped and the rest follows; since 9.0 in every ordinary migration
    /// of a new machine type.
    record SwitchoverStart() implements Command {}
}
