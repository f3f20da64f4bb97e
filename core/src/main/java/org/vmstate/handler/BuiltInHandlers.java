// SPDX-License-Identifier: Apache-2.0
package org.vmstate.handler;

import org.jspecify.annotations.Nullable;
import org.vmstate.ram.RamContext;
import org.vmstate.stream.SectionHandler;
import org.vmstate.stream.SectionIdentity;

/// Handlers that pass over the bodies of the iterative devices whose structure is known: `ram`,
/// `spapr/htab`, `s390-storage_attributes`, `block`, `dirty-bitmap`, `vfio`.
///
/// Not reusable: create one per stream. The bodies of other iterative devices are found by their
/// footers.
public final class BuiltInHandlers implements SectionHandler.Lookup {
    private final RamContext ram;

    /// Handlers for a stream whose RAM blocks are gathered in `ram`.
    public BuiltInHandlers(RamContext ram) {
        this.ram = ram;
    }

    @Override
    public @Nullable SectionHandler find(SectionIdentity identity, boolean iterative) {
        if (!iterative) {
            return null;
        }
        String name = identity.idString();
        return switch (name) {
            case "ram" -> new RamHandler(ram);
            case "spapr/htab" -> new HtabHandler();
            case "s390-storage_attributes" -> new StorageAttributesHandler();
            case "block" -> new BlockMigrationHandler();
            case "dirty-bitmap" -> new DirtyBitmapHandler();
            default ->
                    name.equals(VfioHandler.NAME) || name.endsWith("/" + VfioHandler.NAME)
                            ? new VfioHandler()
                            : null;
        };
    }
}
