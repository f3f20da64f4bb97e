// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// A state that is saved and loaded by its description.
final class Described<T> implements Contender {
    private final VMStateDescription<T> vmstate;
    private final T state;
    private final @Nullable Supplier<T> fresh;
    private final WireWriter writer = WireWriter.toMemory();
    private final WireReader reader;
    private final byte[] saved;

    /// Loads into the state itself or, if `fresh` is not null, into a new one.
    Described(VMStateDescription<T> vmstate, T state, @Nullable Supplier<T> fresh)
            throws IOException {
        this.vmstate = vmstate;
        this.state = state;
        this.fresh = fresh;
        vmstate.save(writer, state);
        saved = writer.toByteArray();
        reader = WireReader.of(saved);
    }

    /// The saved bytes.
    byte[] saved() {
        return saved;
    }

    /// The same state, saved together with its description text.
    WithText<T> withText(boolean finished) {
        return new WithText<>(vmstate, state, finished);
    }

    @Override
    public int save() throws IOException {
        writer.clear();
        vmstate.save(writer, state);
        return (int) writer.position();
    }

    @Override
    public Object load() throws IOException {
        reader.seek(0);
        T target = fresh == null ? state : fresh.get();
        vmstate.load(reader, target, 1);
        return target;
    }
}
