// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.util.List;
import java.util.Optional;

/// An order to the destination that stands between sections. QEMU: `enum qemu_vm_cmd`,
/// `QEMU_VM_COMMAND`.
///
/// ```
/// 0x08  u16 code  u16 n  data[n]
/// ```
public sealed interface Command extends StreamElement {
    /// The number that stands for the command in the stream; u16.
    int code();

    /// The command's name as QEMU's trace events spell it.
    default String label() {
        return switch (this) {
            case OpenReturnPath _ -> "open-return-path";
            case Ping _ -> "ping";
            case PostcopyAdvise _ -> "postcopy-advise";
            case PostcopyListen _ -> "postcopy-listen";
            case PostcopyRun _ -> "postcopy-run";
            case RamDiscard _ -> "postcopy-ram-discard";
            case Packaged _ -> "packaged";
            case EnableColo _ -> "enable-colo";
            case PostcopyResume _ -> "postcopy-resume";
            case ReceiveBitmap _ -> "recv-bitmap";
            case SwitchoverStart _ -> "switchover-start";
        };
    }

    /// Asks the destination to answer on the return path.
    record OpenReturnPath() implements Command {
        @Override
        public int code() {
            return 1;
        }
    }

    /// Asks for a pong with the same number; u32.
    record Ping(long number) implements Command {
        @Override
        public int code() {
            return 2;
        }
    }

    /// Warns of a later change to postcopy, with the source's page sizes; older sources of a guest
    /// without RAM postcopy send none.
    record PostcopyAdvise(Optional<PageSizes> pageSizes) implements Command {
        @Override
        public int code() {
            return 3;
        }

        /// Sizes in bytes; `hostPages` is the sum of the distinct page sizes of the source's RAM
        /// blocks.
        public record PageSizes(long hostPages, long targetPage) {}
    }

    /// Tells the destination to expect pages on demand.
    record PostcopyListen() implements Command {
        @Override
        public int code() {
            return 4;
        }
    }

    /// Starts the guest at the destination.
    record PostcopyRun() implements Command {
        @Override
        public int code() {
            return 5;
        }
    }

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

        @Override
        public int code() {
            return 6;
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

        @Override
        public int code() {
            return 7;
        }
    }

    /// Begins a COLO run.
    record EnableColo() implements Command {
        @Override
        public int code() {
            return 8;
        }
    }

    /// Goes on with a postcopy migration that was cut.
    record PostcopyResume() implements Command {
        @Override
        public int code() {
            return 9;
        }
    }

    /// Asks the destination which pages of a block it has.
    record ReceiveBitmap(String block) implements Command {
        @Override
        public int code() {
            return 10;
        }
    }

    /// Says that the guest has stopped and the rest follows; since 9.0 in every ordinary migration
    /// of a new machine type.
    record SwitchoverStart() implements Command {
        @Override
        public int code() {
            return 11;
        }
    }
}
