// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.MigrationPriority;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.WireWriter;

/// A registered device.
///
/// QEMU: `SaveStateEntry`.
public final class SaveStateEntry {
    private final SectionIdentity identity;
    private final long sectionId;
    private final List<Alias> aliases;
    private final Subject subject;
    private final @Nullable Runnable reset;
    private final String descriptionHead;

    /// Another identity under which streams may contain the device's section.
    record Alias(String idString, long instanceId) {}

    SaveStateEntry(
            String idString,
            long instanceId,
            long sectionId,
            int versionId,
            List<Alias> aliases,
            Subject subject,
            @Nullable Runnable reset) {
        this.identity = new SectionIdentity(idString, instanceId, versionId);
        this.sectionId = sectionId;
        this.aliases = List.copyOf(aliases);
        this.subject = subject;
        this.reset = reset;
        VmDescWriter head = new VmDescWriter();
        head.startObject().string("name", idString).number("instance_id", instanceId);
        this.descriptionHead = new String(head.toByteArray(), StandardCharsets.US_ASCII);
    }

    /// The name in the headers of the device's sections.
    public String idString() {
        return identity.idString();
    }

    /// The instance in the headers of the device's sections; u32.
    public long instanceId() {
        return identity.instanceId();
    }

    /// The number that ties the device's sections and their footers together; u32.
    public long sectionId() {
        return sectionId;
    }

    /// The version that is saved.
    public int versionId() {
        return (int) identity.versionId();
    }

    /// Writes the body of a device that is saved whole, at the version that is saved.
    void save(Subject.Whole whole, WireWriter out, @Nullable VmDescWriter vmdesc)
            throws IOException {
        if (versionId() == whole.versionId()) {
            whole.save(out, vmdesc);
        } else {
            whole.saveAt(out, versionId(), vmdesc);
        }
    }

    /// The priority that orders the sections.
    public MigrationPriority priority() {
        return subject.priority();
    }

    Subject subject() {
        return subject;
    }

    /// Whether a hook resets the device before a load.
    boolean hasReset() {
        return reset != null;
    }

    /// Calls the hook that resets the device, if there is one.
    ///
    /// @throws RefusedException if it throws an exception
    void reset() throws RefusedException {
        if (reset != null) {
            try {
                reset.run();
            } catch (RuntimeException e) {
                RefusedException refused = new RefusedException("the reset hook threw " + e);
                refused.initCause(e);
                refused.within(label());
                throw refused;
            }
        }
    }

    /// Notes that a failed load has left the device's object half loaded.
    void markHalfLoaded() {
        HalfLoaded.add(subject.object());
    }

    /// Notes that the whole state of the device's object was replaced.
    void markWhole() {
        HalfLoaded.remove(subject.object());
    }

    /// Whether a failed load has left the device's object half loaded.
    boolean isHalfLoaded() {
        return HalfLoaded.contains(subject.object());
    }

    /// The beginning of the device's object in a stream's description.
    String descriptionHead() {
        return descriptionHead;
    }

    /// The identity in the headers of the device's sections.
    SectionIdentity identity() {
        return identity;
    }

    /// Whether a section of this identity is the device's.
    boolean isCalled(String id, long instance) {
        return (idString().equals(id) && instanceId() == instance)
                || aliases.contains(new Alias(id, instance));
    }

    /// Returns the identity as in paths of exceptions: `uart#1`.
    String label() {
        return identity.label();
    }

    @Override
    public String toString() {
        return label();
    }
}
