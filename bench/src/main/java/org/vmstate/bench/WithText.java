// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireWriter;

/// A state that is saved and described. If `finished`, the text is also completed as in a stream;
/// otherwise it remains in the description writer, which is completed after all devices.
final class WithText<T> implements Contender {
    private final VMStateDescription<T> vmstate;
    private final T state;
    private final boolean finished;
    private final WireWriter writer = WireWriter.toMemory();

    /// Keeps the description writer from being optimized away.
    @SuppressWarnings("unused")
    private @Nullable VmDescWriter last;

    WithText(VMStateDescription<T> vmstate, T state, boolean finished) {
        this.vmstate = vmstate;
        this.state = state;
        this.finished = finished;
    }

    @Override
    public int save() throws IOException {
        writer.clear();
        VmDescWriter vmdesc = new VmDescWriter();
        vmstate.save(writer, state, vmdesc);
        last = vmdesc;
        return finished ? vmdesc.toByteArray().length : (int) writer.position();
    }

    @Override
    public Object load() {
        throw new UnsupportedOperationException("loading needs no text");
    }
}
