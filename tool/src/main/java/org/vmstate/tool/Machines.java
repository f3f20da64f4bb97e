// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.util.Optional;
import org.vmstate.inspect.MachineReader;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// Creates readers of a machine's stream, with the description of another file if the user
/// specified one.
final class Machines {
    private Machines() {}

    /// A reader that reads every element.
    static MachineReader walked(WireReader in, Optional<VmDescription> substitute)
            throws VMStateException {
        return substitute.isPresent()
                ? MachineReader.of(in, substitute.get())
                : MachineReader.of(in);
    }

    /// A reader that may locate the devices of a large stream from its end.
    static MachineReader overview(WireReader in, Optional<VmDescription> substitute)
            throws VMStateException {
        return substitute.isPresent()
                ? MachineReader.overview(in, substitute.get())
                : MachineReader.overview(in);
    }
}
