// SPDX-License-Identifier: Apache-2.0
package org.vmstate.handler;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.SectionNames;
import org.vmstate.ram.RamContext;
import org.vmstate.ram.RamRecordVisitor;
import org.vmstate.stream.SectionHandler;
import org.vmstate.stream.SectionIdentity;

/// Handlers for the iterative devices whose body structure is known: `ram`, `spapr/htab`,
/// `s390-storage_attributes`, `block`, `dirty-bitmap`, `vfio`.
///
/// Not reusable: create one per stream. Not thread-safe. The bodies of other iterative devices are
/// delimited by their footers.
public final class BuiltInHandlers implements SectionHandler.Lookup {
    private final RamContext ram;
    private final RamRecordVisitor visitor;

    /// Creates the handlers for a stream whose RAM blocks are collected in `ram`.
    public BuiltInHandlers(RamContext ram) {
        this(ram, RamRecordVisitor.NONE);
    }

    /// Creates the handlers for a stream whose RAM blocks are collected in `ram`.
    ///
    /// @param visitor receives the records of `ram`
    public BuiltInHandlers(RamContext ram, RamRecordVisitor visitor) {
        this.ram = ram;
        this.visitor = Objects.requireNonNull(visitor);
    }

    @Override
    public @Nullable SectionHandler find(SectionIdentity identity, boolean iterative) {
        if (!iterative) {
            return null;
        }
        String name = identity.idString();
        return switch (name) {
            case SectionNames.RAM -> new RamHandler(ram, visitor);
            case SectionNames.SPAPR_HTAB -> new HtabHandler();
            case SectionNames.S390_STORAGE_ATTRIBUTES -> new StorageAttributesHandler();
            case SectionNames.BLOCK -> new BlockMigrationHandler();
            case SectionNames.DIRTY_BITMAP -> new DirtyBitmapHandler();
            default -> isVfio(name) ? new VfioHandler() : null;
        };
    }

    @Override
    public List<Long> endings(SectionIdentity identity) {
        return isVfio(identity.idString()) ? VfioHandler.ENDINGS : List.of();
    }

    private static boolean isVfio(String name) {
        return name.equals(SectionNames.VFIO) || name.endsWith("/" + SectionNames.VFIO);
    }
}
