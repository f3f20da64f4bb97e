// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import org.jspecify.annotations.Nullable;
import org.vmstate.ram.RamContext;
import org.vmstate.stream.BodyWalker;
import org.vmstate.stream.SectionIdentity;

/// The iterative devices whose bodies this library can walk: `ram`, `spapr/htab`,
/// `s390-storage_attributes`, `block`, `dirty-bitmap`.
///
/// One of these goes with one stream. The bodies of other iterative devices (`vfio` and what may
/// come) are found by their footers.
public final class IterativeSections implements BodyWalker.Lookup {
    private final RamContext ram;

    /// Walkers for a stream whose RAM blocks are gathered in `ram`.
    public IterativeSections(RamContext ram) {
        this.ram = ram;
    }

    @Override
    public @Nullable BodyWalker find(SectionIdentity identity) {
        return switch (identity.idString()) {
            case "ram" -> new RamWalker(ram);
            case "spapr/htab" -> new HtabWalker();
            case "s390-storage_attributes" -> new StorageAttributesWalker();
            case "block" -> new BlockMigrationWalker();
            case "dirty-bitmap" -> new DirtyBitmapWalker();
            default -> null;
        };
    }
}
