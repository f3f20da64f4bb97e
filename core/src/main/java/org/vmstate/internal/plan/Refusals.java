// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import java.io.IOException;
import org.vmstate.internal.layout.StateFault;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.VMStateException;

/// Converts exceptions thrown while a part of a state is saved or loaded to those that the engine
/// throws: a [VMStateException] with a path.
///
/// | thrown | becomes |
/// |---|---|
/// | a [VMStateException] | itself, with the path and, if it has none, the offset |
/// | another `IOException`, which is one of the reader or writer | itself, unchanged |
/// | any other exception of the state's own code | a [RefusedException] that has it as its cause |
/// | a [CancelledException], of a hook too | itself, unchanged |
/// | a [StateFault] | a [RefusedException] with the same message |
///
/// Offsets are [VMStateException#NO_OFFSET] while saving.
public final class Refusals {
    private Refusals() {}

    /// Returns the exception to throw for an exception in the part called `name`.
    public static IOException within(Exception thrown, long offset, String name) {
        if (thrown instanceof IOException io && !(io instanceof VMStateException)) {
            return io;
        }
        return refusal(thrown, offset, "").within(name);
    }

    /// Returns the exception to throw for an exception in an element of the part called `name`.
    public static IOException within(Exception thrown, long offset, int index, String name) {
        return within(within(thrown, offset, "[" + index + "]"), offset, name);
    }

    /// Returns the exception to throw for an exception of a hook. A hook's `IOException` does not
    /// come from the reader or writer, so it is converted to a refusal too.
    public static IOException ofHook(Exception thrown, long offset, String hook) {
        if (thrown instanceof CancelledException cancelled) {
            return cancelled;
        }
        return refusal(thrown, offset, hook + " threw ");
    }

    /// Returns the exception itself if it is a [VMStateException], otherwise a refusal caused by
    /// it.
    static VMStateException refusal(Exception thrown, long offset, String who) {
        return switch (thrown) {
            case VMStateException e -> e.at(offset);
            case StateFault e -> new RefusedException(String.valueOf(e.getMessage()), offset);
            default -> {
                RefusedException refused = new RefusedException(who + thrown, offset);
                refused.initCause(thrown);
                yield refused;
            }
        };
    }
}
