// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// A kind of element that its own code loads and saves.
///
/// Where no built-in kind fits, a device implements one and declares it with
/// [VMStateFields#custom]. Bytes that are wrong are a [org.vmstate.wire.VMStateException]; counts
/// are to be checked against the reader's limits. An element may hold bodies of other descriptions:
/// it passes the description writer on, and their entries then stand in its own. The field that
/// both methods get says what was declared: the name, the version, the count, and the descriptions
/// that its bodies have.
///
/// QEMU: `VMStateInfo` with `get` and `put`.
///
/// @param <V> the type of the value
public interface VMStateInfo<V> {
    /// The name of this kind in the stream's description.
    String name();

    /// Reads one element. What it returns becomes the value of the member; it may be `current`, the
    /// value there is, changed. `current` is null where nothing is there yet, and while a section
    /// is only walked over.
    @Nullable V load(WireReader reader, @Nullable V current, VMStateField<?> field)
            throws IOException;

    /// Writes one element, and what is to be said of its inside into the object that `vmdesc` has
    /// open; `vmdesc` is null when nobody asks.
    void save(
            WireWriter writer,
            @Nullable V value,
            VMStateField<?> field,
            @Nullable VmDescWriter vmdesc)
            throws IOException;
}
