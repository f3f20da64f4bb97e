// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// A kind of element that is loaded and saved by code of the device.
///
/// A device implements this interface if no built-in kind fits, and declares the element with
/// [VMStateFields#custom]. An implementation must throw a [org.vmstate.wire.VMStateException] for
/// invalid bytes and check counts against the reader's limits. An element may contain bodies of
/// other descriptions: it passes `vmdesc` on to them, and their entries become part of its own. The
/// `field` argument of both methods contains the declaration: the name, the version, the count and
/// the nested descriptions.
///
/// QEMU: `VMStateInfo` with `get` and `put`.
///
/// @param <V> the type of the value
public interface VMStateInfo<V> {
    /// Returns the name of this type in the stream's description.
    String name();

    /// Reads one element and returns the new value of the member, which may be `current`, modified.
    /// `current` is the existing value; it is null if there is none, and while a section is only
    /// being verified.
    @Nullable V load(WireReader reader, @Nullable V current, VMStateField<?> field)
            throws IOException;

    /// Writes one element and describes its contents in the object that is open in `vmdesc`.
    /// `vmdesc` is null if no description is written.
    void save(
            WireWriter writer,
            @Nullable V value,
            VMStateField<?> field,
            @Nullable VmDescWriter vmdesc)
            throws IOException;
}
