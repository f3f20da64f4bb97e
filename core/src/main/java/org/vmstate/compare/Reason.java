// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// One difference between a source and a destination.
///
/// @param effect what the difference does to the load
/// @param kind what differs
/// @param subject the device or the path of the value that differs, such as `cpu.env.tlb`; empty
///   for the stream as a whole
/// @param detail what differs, in a sentence without the subject
/// @param remedy what to do about it, in a sentence; empty if nothing can be done or needs to be
/// @param words what QEMU prints because of it
/// @param offset the absolute offset in the source stream that the difference concerns
public record Reason(
        Effect effect,
        Kind kind,
        String subject,
        String detail,
        String remedy,
        Optional<QemuWords> words,
        OptionalLong offset) {
    /// What a difference does to a load.
    public enum Effect {
        /// The destination refuses the source.
        REFUSES("refused"),
        /// The destination may refuse the source; the remedy names what decides it.
        MAY_REFUSE("undecided"),
        /// The destination loads the source if it meets this condition.
        CONDITION("condition"),
        /// The destination loads the source in spite of it.
        NOTE("note");

        private final String word;

        Effect(String word) {
            this.word = word;
        }

        /// The word in lower case.
        @Override
        public String toString() {
            return word;
        }
    }

    /// What differs.
    public enum Kind {
        /// The bytes of the source are not a stream that any QEMU loads.
        MALFORMED("malformed stream"),
        /// The machine type.
        MACHINE_TYPE("machine type"),
        /// Whether the stream has a configuration section, or an unknown part of it.
        CONFIGURATION("configuration"),
        /// Whether sections end with footers.
        FOOTERS("footers"),
        /// A migration capability.
        CAPABILITY("capability"),
        /// The machine's UUID.
        UUID("UUID"),
        /// A command that the destination does not know.
        COMMAND("command"),
        /// The size of the target's pages.
        PAGE_SIZE("page size"),
        /// A block of RAM that the destination does not have.
        RAM_BLOCK("unknown RAM block"),
        /// The length of a block of RAM.
        RAM_LENGTH("RAM block length"),
        /// A kind of record in the memory that the destination does not know.
        RAM_RECORD("memory record"),
        /// Memory that is not in the source.
        RAM_MISSING("missing memory"),
        /// A device that the destination does not have.
        SECTION("unknown section"),
        /// The source's version of a device or a part of it is higher than the destination's.
        VERSION_TOO_NEW("version too new"),
        /// The source's version of a device or a part of it is lower than the destination's
        /// minimum.
        VERSION_TOO_OLD("version too old"),
        /// A field was added, removed, resized or moved.
        FIELDS("fields differ"),
        /// A subsection that the destination does not know.
        SUBSECTION("unknown subsection"),
        /// A description that one of two programs lacks.
        DESCRIPTION("missing description"),
        /// A value that must be the same on both sides.
        VALUE("value differs"),
        /// A register of the CPU that the destination does not have.
        CPU_REGISTERS("CPU registers"),
        /// The CPU model.
        CPU_MODEL("CPU model"),
        /// The size of a virtqueue.
        VIRTQUEUE_SIZE("virtqueue size"),
        /// Features that a virtio driver negotiated.
        VIRTIO_FEATURES("virtio features"),
        /// The configuration space of a PCI device.
        PCI_CONFIGURATION("PCI configuration"),
        /// A device that cannot be migrated.
        UNMIGRATABLE("unmigratable device"),
        /// A device's own check after loading.
        DEVICE_CHECK("device's own check");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        /// A few words for people, such as `version too old`.
        public String label() {
            return label;
        }
    }

    /// Checks that the parts are not null.
    public Reason {
        Objects.requireNonNull(effect);
        Objects.requireNonNull(kind);
        Objects.requireNonNull(subject);
        Objects.requireNonNull(detail);
        Objects.requireNonNull(remedy);
    }

    static Builder refuses(Kind kind, String subject, String detail) {
        return new Builder(Effect.REFUSES, kind, subject, detail);
    }

    static Builder mayRefuse(Kind kind, String subject, String detail) {
        return new Builder(Effect.MAY_REFUSE, kind, subject, detail);
    }

    static Builder condition(Kind kind, String subject, String detail) {
        return new Builder(Effect.CONDITION, kind, subject, detail);
    }

    static Builder note(Kind kind, String subject, String detail) {
        return new Builder(Effect.NOTE, kind, subject, detail);
    }

    /// Kind, subject and detail in one line.
    @Override
    public String toString() {
        return effect
                + ": "
                + kind.label()
                + (subject.isEmpty() ? "" : ", " + subject)
                + ": "
                + detail;
    }

    /// Sets the optional parts of a reason.
    static final class Builder {
        private final Effect effect;
        private final Kind kind;
        private final String subject;
        private final String detail;
        private String remedy = "";
        private @Nullable QemuWords words;
        private OptionalLong offset = OptionalLong.empty();

        private Builder(Effect effect, Kind kind, String subject, String detail) {
            this.effect = effect;
            this.kind = kind;
            this.subject = subject;
            this.detail = detail;
        }

        Builder remedy(String sentence) {
            remedy = sentence;
            return this;
        }

        Builder words(String line) {
            words = QemuWords.same(line);
            return this;
        }

        Builder words(String older, String newer) {
            words = new QemuWords(older, newer);
            return this;
        }

        Builder at(long where) {
            offset = where < 0 ? OptionalLong.empty() : OptionalLong.of(where);
            return this;
        }

        Reason build() {
            return new Reason(
                    effect, kind, subject, detail, remedy, Optional.ofNullable(words), offset);
        }
    }
}
