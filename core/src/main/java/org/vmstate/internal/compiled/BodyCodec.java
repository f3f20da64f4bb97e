// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.compiled;

import java.io.IOException;
import org.vmstate.internal.format.SubsectionHeader;
import org.vmstate.internal.plan.Refusals;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Saves and loads the body of one description.
///
/// A body is compiled for the fields that exist at one or more versions; the version itself is only
/// passed on to tests and hooks. Callers must check that the description can load the version.
public abstract class BodyCodec {
    /// For subclasses, which have constants but no state.
    protected BodyCodec() {}

    /// Writes a state.
    public abstract void save(WireWriter out, Object state, int version) throws IOException;

    /// Reads into a state.
    public abstract void load(WireReader in, Object state, int version) throws IOException;

    /// Returns the exception to throw for an exception while the part called `name` was saved.
    protected static IOException failed(Exception e, WireWriter out, String name) {
        return Refusals.within(e, VMStateException.NO_OFFSET, name);
    }

    /// Returns the exception to throw for an exception while an element of the part called `name`
    /// was saved.
    protected static IOException failed(Exception e, WireWriter out, int index, String name) {
        return Refusals.within(e, VMStateException.NO_OFFSET, index, name);
    }

    /// Returns the exception to throw for an exception of a save hook.
    protected static IOException hookFailed(Exception e, WireWriter out, String hook) {
        return Refusals.ofHook(e, VMStateException.NO_OFFSET, hook);
    }

    /// Returns the exception to throw for an exception while the part called `name` was loaded.
    protected static IOException failed(Exception e, WireReader in, String name) {
        return Refusals.within(e, in.position(), name);
    }

    /// Returns the exception to throw for an exception while an element of the part called `name`
    /// was loaded.
    protected static IOException failed(Exception e, WireReader in, int index, String name) {
        return Refusals.within(e, in.position(), index, name);
    }

    /// Returns the exception to throw for an exception of a load hook.
    protected static IOException hookFailed(Exception e, WireReader in, String hook) {
        return Refusals.ofHook(e, in.position(), hook);
    }

    /// Whether the byte 0x05 at distance `ahead` may begin a subsection of the description whose
    /// name is `parent`. Also true if the window contains too few bytes to decide.
    protected static boolean mayBeSubsection(WireReader in, int ahead, byte[] parent)
            throws IOException {
        int left = in.buffered() - ahead;
        if (left < SubsectionHeader.NAME_AT) {
            return true;
        }
        int length = in.peek(ahead + SubsectionHeader.NAME_LENGTH_AT);
        if (length <= parent.length) {
            return false;
        }
        if (left < SubsectionHeader.NAME_AT + length) {
            return true;
        }
        for (int i = 0; i < parent.length; i++) {
            if (in.peek(ahead + SubsectionHeader.NAME_AT + i) != (parent[i] & 0xff)) {
                return false;
            }
        }
        return true;
    }
}
