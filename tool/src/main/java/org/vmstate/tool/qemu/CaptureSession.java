// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.qemu;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmstate.vmdesc.JsonDocument;
import org.vmstate.vmdesc.JsonValue;
import org.vmstate.vmdesc.JsonValue.JsonNumber;
import org.vmstate.vmdesc.JsonValue.JsonString;
import org.vmstate.vmdesc.JsonValue.JsonWord;

/// A migration that a running QEMU is asked for over its monitor.
///
/// Capabilities and parameters that a recording needs are changed, and put back when this is
/// closed, also after a failure. The guest continues then if it was running and the migration has
/// not been completed, or if it was asked for. Closing it again has no effect; any thread may close
/// it. It does not close the monitor.
public final class CaptureSession implements AutoCloseable {
    private static final Set<String> ON = Set.of("return-path");
    private static final Set<String> BACKGROUND = Set.of("background-snapshot");

    /// The capabilities that change the format, or give up the guest at the source.
    private static final Set<String> OFF =
            Set.of(
                    "xbzrle",
                    "rdma-pin-all",
                    "compress",
                    "postcopy-ram",
                    "x-colo",
                    "release-ram",
                    "block",
                    "return-path",
                    "pause-before-switchover",
                    "multifd",
                    "background-snapshot",
                    "zero-copy-send",
                    "postcopy-preempt",
                    "switchover-ack",
                    "x-ignore-shared",
                    "mapped-ram");

    /// The further capabilities that exclude a background snapshot.
    private static final Set<String> OFF_IN_BACKGROUND =
            Set.of(
                    "dirty-bitmaps",
                    "postcopy-blocktime",
                    "late-block-activate",
                    "auto-converge",
                    "validate-uuid",
                    "dirty-limit");

    private static final long MAX_BANDWIDTH = 1L << 40;

    private static final Set<String> ENDED = Set.of("none", "completed", "failed", "cancelled");

    private final QmpClient monitor;
    private final boolean resume;
    private final boolean wasRunning;
    private final Map<String, Boolean> capabilities = new HashMap<>();
    private final Map<String, Object> parameters = new HashMap<>();
    private boolean completed;
    private boolean closed;

    private CaptureSession(QmpClient monitor, boolean resume, boolean wasRunning) {
        this.monitor = monitor;
        this.resume = resume;
        this.wasRunning = wasRunning;
    }

    /// Examines the guest and changes what a recording needs.
    ///
    /// @param resume whether the guest continues after the recording
    /// @param background whether to take a background snapshot, while which the guest runs
    /// @throws IOException if libvirt manages the guest, another migration runs, or QEMU refuses a
    ///   change
    public static CaptureSession begin(QmpClient monitor, boolean resume, boolean background)
            throws IOException {
        refuseLibvirt(monitor);
        String state = status(monitor).orElse("none");
        if (!ENDED.contains(state)) {
            throw new IOException("a migration is in progress: " + state);
        }
        boolean running =
                member(monitor.execute("query-status", Map.of()), "running") == JsonWord.TRUE;
        CaptureSession session = new CaptureSession(monitor, resume, running);
        try {
            session.change(background);
            return session;
        } catch (IOException | RuntimeException e) {
            session.close();
            throw e;
        }
    }

    /// Libvirt connects to its guests' monitors by a character device of this name. A migration
    /// that it did not start would make it lose track of the guest.
    private static void refuseLibvirt(QmpClient monitor) throws IOException {
        for (JsonValue device : QmpClient.elements(monitor.execute("query-chardev", Map.of()))) {
            if (QmpClient.string(device, "label").filter("charmonitor"::equals).isPresent()) {
                throw new IOException(
                        "libvirt manages this guest: use 'virsh save' or 'virsh snapshot-create-as'");
            }
        }
    }

    private static JsonValue member(JsonValue object, String name) {
        JsonValue value =
                object instanceof JsonValue.JsonObject o ? JsonDocument.first(o, name) : null;
        return value == null ? JsonWord.NULL : value;
    }

    private static Optional<String> status(QmpClient monitor) throws IOException {
        return QmpClient.string(monitor.execute("query-migrate", Map.of()), "status");
    }

    private void change(boolean background) throws IOException {
        List<Map<String, ?>> changes = new ArrayList<>();
        for (JsonValue one :
                QmpClient.elements(monitor.execute("query-migrate-capabilities", Map.of()))) {
            String name = QmpClient.string(one, "capability").orElse("");
            boolean before = member(one, "state") == JsonWord.TRUE;
            boolean wanted =
                    background
                            ? BACKGROUND.contains(name)
                                    || (before
                                            && !OFF.contains(name)
                                            && !OFF_IN_BACKGROUND.contains(name))
                            : ON.contains(name) || (before && !OFF.contains(name));
            if (wanted != before) {
                capabilities.put(name, before);
                changes.add(Map.of("capability", name, "state", wanted));
            }
        }
        if (background
                && changes.stream().noneMatch(c -> BACKGROUND.contains(c.get("capability")))) {
            throw new IOException("this QEMU has no background snapshots");
        }
        JsonValue known = monitor.execute("query-migrate-parameters", Map.of());
        Map<String, Object> wanted = new HashMap<>();
        if (member(known, "max-bandwidth") instanceof JsonNumber(String text)) {
            parameters.put("max-bandwidth", Long.parseUnsignedLong(text));
            wanted.put("max-bandwidth", MAX_BANDWIDTH);
        }
        if (member(known, "tls-creds") instanceof JsonString(String credentials)
                && !credentials.isEmpty()) {
            parameters.put("tls-creds", credentials);
            wanted.put("tls-creds", "");
        }
        monitor.execute("migrate-set-capabilities", Map.of("capabilities", changes));
        monitor.execute("migrate-set-parameters", wanted);
    }

    /// Whether the guest was running.
    public boolean wasRunning() {
        return wasRunning;
    }

    /// Starts the migration to an address.
    public void migrate(String address) throws IOException {
        monitor.execute("migrate", Map.of("uri", address));
    }

    /// Returns whether the migration has been completed.
    ///
    /// @throws IOException with QEMU's reason if it has failed
    public boolean poll() throws IOException {
        JsonValue migration = monitor.execute("query-migrate", Map.of());
        String state = QmpClient.string(migration, "status").orElse("none");
        switch (state) {
            case "completed" -> completed = true;
            case "failed", "cancelled" ->
                    throw new IOException(
                            "QEMU: migration "
                                    + state
                                    + QmpClient.string(migration, "error-desc")
                                            .map(reason -> ": " + reason)
                                            .orElse(""));
            default -> {}
        }
        return completed;
    }

    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        if (!completed) {
            monitor.execute("migrate_cancel", Map.of());
            awaitEnd();
        }
        List<Map<String, ?>> before = new ArrayList<>();
        capabilities.forEach((name, on) -> before.add(Map.of("capability", name, "state", on)));
        try {
            monitor.execute("migrate-set-capabilities", Map.of("capabilities", before));
        } finally {
            try {
                monitor.execute("migrate-set-parameters", parameters);
            } finally {
                resume();
            }
        }
    }

    private void resume() throws IOException {
        if (wasRunning
                && (resume || !completed)
                && member(monitor.execute("query-status", Map.of()), "running") != JsonWord.TRUE) {
            monitor.execute("cont", Map.of());
        }
    }

    private void awaitEnd() throws IOException {
        for (int i = 0; i < 100 && !ENDED.contains(status(monitor).orElse("none")); i++) {
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
