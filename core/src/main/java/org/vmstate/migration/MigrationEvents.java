// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import jdk.jfr.Category;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// The events of a migration, with the names and fields of QEMU's trace events. They are disabled
/// unless a recording enables them by name.
final class MigrationEvents {
    private MigrationEvents() {}

    @Category({"VMState", "Migration"})
    @Enabled(false)
    @StackTrace(false)
    abstract static class MigrationEvent extends Event {}

    /// The state has changed.
    @Name("migrate_set_state")
    static final class SetState extends MigrationEvent {
        @Name("new_state")
        String newState = "";
    }

    /// The speed was measured.
    @Name("migrate_transferred")
    static final class Transferred extends MigrationEvent {
        @Name("transferred")
        long transferred;

        @Name("time_spent")
        long timeSpent;

        @Name("bandwidth")
        long bandwidth;

        @Name("max_size")
        long maxSize;
    }

    /// The pages that were written to have been collected.
    @Name("migration_bitmap_sync_end")
    static final class SyncEnd extends MigrationEvent {
        @Name("dirty_pages")
        long dirtyPages;
    }

    /// The processors are made to pause.
    @Name("migration_throttle")
    static final class Throttle extends MigrationEvent {
        @Name("percent")
        int percent;
    }

    static void state(MigrationState state) {
        SetState event = new SetState();
        if (event.shouldCommit()) {
            event.newState = state.label();
            event.commit();
        }
    }

    static void transferred(long bytes, long milliseconds, long bytesPerSecond, long maxSize) {
        Transferred event = new Transferred();
        if (event.shouldCommit()) {
            event.transferred = bytes;
            event.timeSpent = milliseconds;
            event.bandwidth = bytesPerSecond;
            event.maxSize = maxSize;
            event.commit();
        }
    }

    static void syncEnd(long dirtyPages) {
        SyncEnd event = new SyncEnd();
        if (event.shouldCommit()) {
            event.dirtyPages = dirtyPages;
            event.commit();
        }
    }

    static void throttle(int percent) {
        Throttle event = new Throttle();
        if (event.shouldCommit()) {
            event.percent = percent;
            event.commit();
        }
    }
}
