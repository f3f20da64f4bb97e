// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.TypeNames;
import org.vmstate.internal.schema.Repetition;
import org.vmstate.internal.schema.Schema;
import org.vmstate.internal.schema.SchemaExistence;
import org.vmstate.internal.schema.SchemaField;

/// Compares the fields and subsections of one body with what a destination reads.
///
/// A destination reads its own list of fields, whatever the source wrote: a field that it lacks, or
/// has in addition, or has in another size, shifts all that follows, and the footer of the section
/// is not found. The names of fields are not on the wire, so a renamed field of the same size makes
/// no difference.
///
/// The lists are aligned so that as few fields as possible differ; fields of the same name are
/// preferred, then fields of the same size. A field of the destination that only a test of its
/// state includes may be absent.
final class FieldComparison {
    private static final Pattern NUMBERED = Pattern.compile("\\[-?\\d+]$");

    /// The types whose size on the wire depends on the state.
    private static final Set<String> VARIABLE =
            Set.of(
                    TypeNames.TAIL_QUEUE,
                    TypeNames.LIST,
                    TypeNames.TREE,
                    TypeNames.CAPABILITY,
                    TypeNames.DESCRIPTOR,
                    TypeNames.VIRTIO,
                    TypeNames.TEMPORARY,
                    "GByteArray",
                    "scsi-requests",
                    "virtio-gpu",
                    "msix state",
                    "usb-redir-parser");

    private static final Set<String> SCALARS =
            Set.of(
                    "bool",
                    "int8",
                    "int16",
                    "int32",
                    "int64",
                    "uint8",
                    "uint16",
                    "uint32",
                    "uint64",
                    "uint8 equal",
                    "uint16 equal",
                    "int32 equal",
                    "uint32 equal",
                    "int64 equal",
                    "int32 le",
                    "timer",
                    "CPU_Double_U",
                    "float64");

    private static final String UNUSED = "unused";
    private static final String KEPT = "mig_";
    private static final int RENAMED = 40;

    /// A field of the source that is sent only in some states, and that the destination lacks.
    private static final int OPTIONAL = 60;

    /// More than that of a field that only one side has, since names are rarely exchanged.
    private static final int MOVED = 110;

    private static final int DIFFERENT = 100;
    private static final int NUMBERED_OTHERWISE = 1;
    private static final int NEVER = 1_000_000;

    /// The largest product of the lengths of two lists that are aligned optimally.
    private static final long MAX_ALIGNED = 1_000_000;

    /// What is known of the destination's description of a body.
    ///
    /// @param dump from its `-dump-vmstate`
    /// @param reference from a stream that it wrote
    /// @param older whether the source's version is below the reference's, so that a loader may
    ///   know that version to lack some of the fields of the reference
    record Known(@Nullable Schema dump, @Nullable Schema reference, boolean older) {
        boolean isEmpty() {
            return dump == null && reference == null;
        }
    }

    /// One difference.
    ///
    /// @param path the steps from the section to the field, such as `.env.tlb`
    /// @param detail what differs, in a sentence without the path
    /// @param subsection the whole name of the subsection that differs; empty if it is not one
    record Divergence(Nature nature, String path, String detail, String subsection) {
        Divergence(Nature nature, String path, String detail) {
            this(nature, path, detail, "");
        }

        enum Nature {
            ADDED,
            REMOVED,
            RESIZED,
            MOVED,
            /// Of the same size, so that the destination loads it.
            RENAMED,
            /// A field that the source does not have, and that the destination reads only in some
            /// states.
            READ_SOMETIMES,
            UNKNOWN_SUBSECTION,
            /// A subsection that the destination's own stream lacks, which proves nothing.
            UNSEEN_SUBSECTION,
            VERSION_TOO_NEW,
            VERSION_TOO_OLD,
            /// A size that may be one of memory only.
            SIZE_UNCERTAIN
        }

        /// This difference, if others in the body compensate for it.
        Divergence moved() {
            return switch (nature) {
                case ADDED, REMOVED, RESIZED ->
                        new Divergence(
                                Nature.MOVED,
                                path,
                                detail
                                        + "; others make up for it, so that the body keeps its size"
                                        + " and values get into other fields");
                default -> this;
            };
        }

        /// This difference, if the sizes on the wire are not known.
        Divergence uncertain() {
            return switch (nature) {
                case ADDED, REMOVED -> new Divergence(Nature.SIZE_UNCERTAIN, path, detail);
                default -> this;
            };
        }

        /// Whether the destination cannot load the body.
        boolean fatal() {
            return switch (nature) {
                case ADDED,
                        REMOVED,
                        RESIZED,
                        UNKNOWN_SUBSECTION,
                        VERSION_TOO_NEW,
                        VERSION_TOO_OLD ->
                        true;
                default -> false;
            };
        }
    }

    /// The values of a section, as far as they explain differences.
    interface Values {
        /// Whether two different numbers of elements, or of bytes, are each counted by a value in
        /// the state.
        boolean counted(long source, long reference);

        /// Whether the source's value with a path is the number 0.
        boolean isZero(String path);

        /// No values.
        Values NONE =
                new Values() {
                    @Override
                    public boolean counted(long source, long reference) {
                        return false;
                    }

                    @Override
                    public boolean isZero(String path) {
                        return false;
                    }
                };
    }

    private static final Pattern COUNT = Pattern.compile("(?i).*(num|count|len|nr|size).*");

    private final List<Divergence> differences = new ArrayList<>();
    private final Values values;
    private final StateTests tests;

    FieldComparison(Values values, StateTests tests) {
        this.values = values;
        this.tests = tests;
    }

    /// The differences so far, in the order of the fields.
    List<Divergence> differences() {
        return differences;
    }

    /// Compares the body that the source wrote.
    ///
    /// @param version the version at which the destination reads it
    void compare(String path, Schema source, int version, Known known) {
        if (known.isEmpty()) {
            return;
        }
        Set<String> sometimes = tests.of(source.name());
        List<SchemaField> sent =
                source.fields().stream().filter(f -> isSent(f, source.version())).toList();
        boolean fromDump = sent.stream().anyMatch(field -> field.presence() != null);
        fields(path, sent, expected(version, known, sometimes, fromDump), sometimes, fromDump);
        for (Schema subsection : source.subsections()) {
            subsection(path, source.name(), subsection, known);
        }
    }

    /// Whether a field belongs to a version of its description. A stream describes no others.
    private static boolean isSent(SchemaField field, int version) {
        SchemaExistence presence = field.presence();
        return presence == null || presence.tested() || presence.since() <= version;
    }

    private void subsection(String path, String owner, Schema subsection, Known known) {
        String name = subsection.name();
        String step =
                "/" + (name.startsWith(owner + "/") ? name.substring(owner.length() + 1) : name);
        Schema dump = named(known.dump(), name);
        Schema reference = named(known.reference(), name);
        if (dump == null && reference == null) {
            differences.add(
                    known.dump() != null
                            ? new Divergence(
                                    Divergence.Nature.UNKNOWN_SUBSECTION,
                                    path + step,
                                    "the destination has no subsection " + name,
                                    name)
                            : new Divergence(
                                    Divergence.Nature.UNSEEN_SUBSECTION,
                                    path + step,
                                    "the destination's own stream has no subsection " + name,
                                    name));
            return;
        }
        int sent = subsection.version() & 0xff;
        int current =
                dump != null ? dump.version() : reference == null ? sent : reference.version();
        Integer minimum = dump == null ? null : dump.minimumVersion();
        if (sent > current) {
            differences.add(
                    new Divergence(
                            Divergence.Nature.VERSION_TOO_NEW,
                            path + step,
                            "version " + sent + ", but the destination has version " + current));
        } else if (minimum != null && sent < minimum) {
            differences.add(
                    new Divergence(
                            Divergence.Nature.VERSION_TOO_OLD,
                            path + step,
                            "version "
                                    + sent
                                    + ", but the destination reads versions from "
                                    + minimum));
        } else {
            compare(
                    path + step,
                    subsection,
                    sent,
                    new Known(dump, reference, dump == null && sent < current));
        }
    }

    private static @Nullable Schema named(@Nullable Schema parent, String name) {
        if (parent == null) {
            return null;
        }
        for (Schema subsection : parent.subsections()) {
            if (subsection.name().equals(name)) {
                return subsection;
            }
        }
        return null;
    }

    /// A field of the source.
    ///
    /// @param optional whether the source sends it only in some states
    /// @param bytes the number of bytes of all elements on the wire; null if it is not known
    private record Sent(SchemaField field, String base, boolean optional, @Nullable Long bytes) {
        static Sent of(SchemaField field, Set<String> sometimes) {
            String base = unnumbered(field.name());
            boolean tested = field.presence() != null && field.presence().tested();
            return new Sent(field, base, tested || sometimes.contains(base), bytesOf(field));
        }

        String name() {
            return field.name();
        }

        boolean structure() {
            return !field.nested().isEmpty();
        }
    }

    /// A field that the destination reads.
    ///
    /// @param optional whether it may be absent
    /// @param dump from its `-dump-vmstate`
    /// @param reference from a stream that it wrote
    /// @param bytes the number of bytes of all elements on the wire; null if it is not known
    private record Expected(
            String name,
            String base,
            boolean optional,
            @Nullable SchemaField dump,
            @Nullable SchemaField reference,
            @Nullable Long bytes) {
        static Expected of(
                String name,
                boolean optional,
                @Nullable SchemaField dump,
                @Nullable SchemaField reference) {
            Long bytes = null;
            if (reference != null) {
                bytes = bytesOf(reference);
            } else if (dump != null && dump.nested().isEmpty()) {
                Long size = dump.wireSize() != null ? dump.wireSize() : dump.memorySize();
                if (size != null && size > 0) {
                    bytes =
                            dump.repetition() instanceof Repetition.Times(int count) && count > 0
                                    ? Long.valueOf(size * count)
                                    : size;
                }
            }
            return new Expected(name, unnumbered(name), optional, dump, reference, bytes);
        }

        boolean structure() {
            return reference != null
                    ? !reference.nested().isEmpty()
                    : dump != null && !dump.nested().isEmpty();
        }
    }

    /// The fields that the destination reads from a body of this version.
    ///
    /// @param fromDump whether the source is a dump, which describes arrays without elements
    private static List<Expected> expected(
            int version, Known known, Set<String> sometimes, boolean fromDump) {
        Schema reference = known.reference();
        List<Expected> expected = new ArrayList<>();
        Schema dump = known.dump();
        List<SchemaField> sent = reference == null ? List.of() : reference.fields();
        if (dump == null) {
            for (SchemaField field : sent) {
                boolean optional = known.older() || sometimes.contains(unnumbered(field.name()));
                expected.add(Expected.of(field.name(), optional, null, field));
            }
            return expected;
        }
        int next = 0;
        for (SchemaField field : dump.fields()) {
            SchemaExistence presence = field.presence();
            boolean tested = presence == null || presence.tested();
            int since = presence == null ? 0 : presence.since();
            if (!tested && since > version) {
                continue;
            }
            SchemaField found = null;
            String base = unnumbered(field.name());
            for (int i = next; i < sent.size() && found == null; i++) {
                if (unnumbered(sent.get(i).name()).equals(base)) {
                    found = sent.get(i);
                    next = i + 1;
                }
            }
            // What the destination does not write itself is an array without elements. Without a
            // reference, a field may be one if it is a structure, or if it came with a version that
            // the source has.
            boolean empty =
                    reference != null
                            ? found == null
                            : !fromDump
                                    && field.repetition() == null
                                    && (!field.nested().isEmpty() || since > 0);
            expected.add(Expected.of(field.name(), tested || empty, field, found));
        }
        return expected;
    }

    static String unnumbered(String name) {
        if (!name.endsWith("]")) {
            return name;
        }
        return NUMBERED.matcher(name).replaceFirst("");
    }

    private void fields(
            String path,
            List<SchemaField> fields,
            List<Expected> expected,
            Set<String> sometimes,
            boolean fromDump) {
        List<Sent> sent = fields.stream().map(field -> Sent.of(field, sometimes)).toList();
        Region region = new Region(path, fromDump);
        int first = 0;
        int shorter = Math.min(sent.size(), expected.size());
        while (first < shorter && agree(sent.get(first), expected.get(first))) {
            region.match(sent.get(first), expected.get(first));
            first++;
        }
        int last = 0;
        while (last < shorter - first
                && agree(
                        sent.get(sent.size() - 1 - last),
                        expected.get(expected.size() - 1 - last))) {
            last++;
        }
        Set<String> both = new HashSet<>();
        expected.forEach(field -> both.add(field.base()));
        both.retainAll(sent.stream().map(Sent::base).collect(Collectors.toSet()));
        align(
                sent.subList(first, sent.size() - last),
                expected.subList(first, expected.size() - last),
                both,
                region);
        for (int i = last; i > 0; i--) {
            region.match(sent.get(sent.size() - i), expected.get(expected.size() - i));
        }
        region.end();
    }

    private static boolean agree(Sent sent, Expected other) {
        return sent.name().equals(other.name()) && matched(sent, other, Set.of()) == 0;
    }

    /// Aligns two lists with the lowest total cost.
    ///
    /// @param both the names that are in both lists
    private static void align(
            List<Sent> sent, List<Expected> expected, Set<String> both, Region region) {
        int rows = sent.size();
        int columns = expected.size();
        if ((long) rows * columns > MAX_ALIGNED) {
            sent.forEach(region::remove);
            expected.forEach(region::add);
            return;
        }
        int[][] cost = new int[rows + 1][columns + 1];
        for (int i = rows; i >= 0; i--) {
            for (int j = columns; j >= 0; j--) {
                if (i == rows && j == columns) {
                    continue;
                }
                int best = NEVER;
                if (i < rows) {
                    best = skipped(sent.get(i)) + cost[i + 1][j];
                }
                if (j < columns) {
                    best = Math.min(best, skipped(expected.get(j)) + cost[i][j + 1]);
                }
                if (i < rows && j < columns) {
                    best =
                            Math.min(
                                    best,
                                    matched(sent.get(i), expected.get(j), both)
                                            + cost[i + 1][j + 1]);
                }
                cost[i][j] = best;
            }
        }
        int i = 0;
        int j = 0;
        while (i < rows || j < columns) {
            int best = cost[i][j];
            if (i < rows
                    && j < columns
                    && best == matched(sent.get(i), expected.get(j), both) + cost[i + 1][j + 1]) {
                region.match(sent.get(i++), expected.get(j++));
            } else if (i < rows && best == skipped(sent.get(i)) + cost[i + 1][j]) {
                region.remove(sent.get(i++));
            } else {
                region.add(expected.get(j++));
            }
        }
    }

    private static int skipped(Sent field) {
        return field.optional() ? OPTIONAL : DIFFERENT;
    }

    private static int skipped(Expected field) {
        return field.optional() ? 0 : DIFFERENT;
    }

    /// The cost of aligning two fields.
    private static int matched(Sent sent, Expected other, Set<String> both) {
        boolean same = sameBytes(sent, other);
        if (sent.name().equals(other.name())) {
            return same ? 0 : DIFFERENT / 2;
        }
        if (sent.base().equals(other.base())) {
            return same ? NUMBERED_OTHERWISE : DIFFERENT / 2 + NUMBERED_OTHERWISE;
        }
        if (!same || sent.structure() != other.structure()) {
            return NEVER;
        }
        if (keptForOlder(sent.base(), other.base()) || keptForOlder(other.base(), sent.base())) {
            return RENAMED;
        }
        boolean elsewhere = both.contains(sent.base()) || both.contains(other.base());
        boolean unused = sent.base().equals(UNUSED) || other.base().equals(UNUSED);
        boolean onlyOneTested =
                sent.field().presence() != null
                        && other.dump() != null
                        && tested(sent.field()) != tested(other.dump());
        return (elsewhere && !unused) || onlyOneTested ? MOVED : RENAMED;
    }

    private static boolean tested(SchemaField field) {
        return field.presence() != null && field.presence().tested();
    }

    /// Whether two fields take the same bytes, as far as this is known without their parts. Whether
    /// a field has the name that QEMU gives one that is kept for streams of older versions.
    private static boolean keptForOlder(String name, String kept) {
        return kept.length() == KEPT.length() + name.length()
                && kept.startsWith(KEPT)
                && kept.endsWith(name);
    }

    private static boolean sameBytes(Sent sent, Expected other) {
        if (sent.structure() && other.structure()) {
            return true;
        }
        String type = sent.field().wireType();
        if (other.reference() == null && type != null && !sizedAsInMemory(type)) {
            return sent.structure() == other.structure();
        }
        Long mine = sent.bytes();
        Long theirs = other.bytes();
        if (mine == null || theirs == null) {
            return (mine == null && theirs == null) || sent.base().equals(other.base());
        }
        return mine.equals(theirs);
    }

    /// Whether values of a type take as many bytes on the wire as in memory.
    private static boolean sizedAsInMemory(String type) {
        return SCALARS.contains(type)
                || type.equals(TypeNames.BUFFER)
                || type.equals(TypeNames.UNUSED_BUFFER)
                || type.equals(TypeNames.STRUCT);
    }

    private static @Nullable Long bytesOf(SchemaField field) {
        Long size = field.wireSize() != null ? field.wireSize() : field.memorySize();
        if (size == null || (field.wireType() != null && VARIABLE.contains(field.wireType()))) {
            return null;
        }
        return switch (field.repetition()) {
            case Repetition.Times(int count) when count > 0 -> Long.valueOf(size * count);
            case Repetition.Times _, Repetition.Once _ -> size;
            case Repetition.ByState _ -> null;
            case null -> field.wireSize() == null ? size : null;
        };
    }

    /// Collects the differences of one body. Fields between two that agree form a region: if the
    /// region has the same size on both sides, the body can be loaded.
    private final class Region {
        private final String path;
        private final boolean fromDump;
        private final List<Sent> removed = new ArrayList<>();
        private final List<Expected> added = new ArrayList<>();
        private final List<Divergence> pending = new ArrayList<>();
        private @Nullable Sent previous;
        private final List<Sent> onlySent = new ArrayList<>();
        private final List<Expected> onlyExpected = new ArrayList<>();
        private final List<Renaming> renamed = new ArrayList<>();
        private final List<Divergence> found = new ArrayList<>();

        /// @param fromDump whether the source is a dump, not a stream
        Region(String path, boolean fromDump) {
            this.path = path;
            this.fromDump = fromDump;
        }

        void remove(Sent field) {
            if (!field.optional()) {
                removed.add(field);
                pending.add(
                        new Divergence(
                                Divergence.Nature.REMOVED,
                                path + "." + field.name(),
                                "the destination does not read this field"));
            } else if (field.field().presence() != null) {
                found.add(
                        new Divergence(
                                Divergence.Nature.SIZE_UNCERTAIN,
                                path + "." + field.name(),
                                "the destination does not read this field, which is sent only in"
                                        + " some states"));
            }
        }

        void add(Expected field) {
            if (!field.optional() && !emptyArray(field)) {
                added.add(field);
                pending.add(
                        new Divergence(
                                Divergence.Nature.ADDED,
                                path + "." + field.name(),
                                "the destination reads this field, which the source does not"
                                        + " have"));
            } else if (fromDump && tested(field.dump())) {
                found.add(
                        new Divergence(
                                Divergence.Nature.READ_SOMETIMES,
                                path + "." + field.name(),
                                "the destination reads this field, which the source does not"
                                        + " have, only in some states"));
            }
        }

        private static boolean tested(@Nullable SchemaField field) {
            return field != null && field.presence() != null && field.presence().tested();
        }

        /// Whether the field may be an array without elements, which is not described, because the
        /// number before it is 0.
        private boolean emptyArray(Expected field) {
            Sent before = previous;
            return field.reference() == null
                    && before != null
                    && COUNT.matcher(before.name()).matches()
                    && values.isZero(path + "." + before.name());
        }

        void match(Sent field, Expected other) {
            previous = field;
            List<Divergence> inside = pair(path, field.field(), other);
            boolean resized =
                    inside.size() == 1
                            && !field.structure()
                            && inside.getFirst().nature() == Divergence.Nature.RESIZED
                            && field.bytes() != null
                            && other.bytes() != null;
            if (resized) {
                removed.add(field);
                added.add(other);
                pending.addAll(inside);
                return;
            }
            settle();
            if (!field.base().equals(other.base())) {
                renamed.add(new Renaming(field, other, found.size()));
            }
            found.addAll(inside);
        }

        private void settle() {
            if (!removed.isEmpty() && !added.isEmpty()) {
                Long before = sum(removed.stream().map(Sent::bytes).toList());
                Long after = sum(added.stream().map(Expected::bytes).toList());
                if (before != null && before.equals(after)) {
                    pending.clear();
                    found.add(
                            new Divergence(
                                    Divergence.Nature.RENAMED,
                                    path + "." + removed.getFirst().name(),
                                    "the destination divides the same "
                                            + before
                                            + " bytes into other fields"));
                }
            }
            if (!removed.isEmpty() && !added.isEmpty() && lengthUnknown()) {
                pending.replaceAll(Divergence::uncertain);
                found.addAll(pending);
                pending.clear();
            }
            if (!pending.isEmpty()) {
                onlySent.addAll(removed);
                onlyExpected.addAll(added);
            }
            found.addAll(pending);
            pending.clear();
            removed.clear();
            added.clear();
        }

        /// Whether the source is a dump without numbers of elements, as those of QEMU 7.2 are, so
        /// that a field may be an array.
        private boolean lengthUnknown() {
            return removed.stream()
                    .anyMatch(f -> f.field().presence() != null && f.field().repetition() == null);
        }

        void end() {
            settle();
            if (!onlySent.isEmpty() && sameTotal(onlySent, onlyExpected)) {
                found.replaceAll(Divergence::moved);
            }
            rename(path, renamed, found);
            differences.addAll(found);
        }
    }

    /// Whether the fields that only one side has at their place take the same bytes together, those
    /// that the other side has at another place aside.
    private static boolean sameTotal(List<Sent> onlySent, List<Expected> onlyExpected) {
        List<Sent> sent = new ArrayList<>(onlySent);
        List<Expected> expected = new ArrayList<>(onlyExpected);
        boolean few = (long) sent.size() * expected.size() <= MAX_ALIGNED;
        for (Sent field : few ? onlySent : List.<Sent>of()) {
            for (Expected other : expected) {
                Long mine = field.bytes();
                Long theirs = other.bytes();
                boolean same = mine == null || theirs == null || mine.equals(theirs);
                if (same && field.base().equals(other.base())) {
                    sent.remove(field);
                    expected.remove(other);
                    break;
                }
            }
        }
        Long before = sum(sent.stream().map(Sent::bytes).toList());
        return before != null
                && before.equals(sum(expected.stream().map(Expected::bytes).toList()));
    }

    /// A source's field that was aligned with a destination's of another name.
    ///
    /// @param at the number of differences before it
    private record Renaming(Sent field, Expected other, int at) {}

    private static void rename(String path, List<Renaming> renamed, List<Divergence> found) {
        Set<String> sourceNames = new HashSet<>();
        Set<String> otherNames = new HashSet<>();
        for (Renaming one : renamed) {
            sourceNames.add(one.field().base());
            otherNames.add(one.other().base());
        }
        for (Renaming one : renamed.reversed()) {
            String name = one.field().base();
            String other = one.other().base();
            boolean moved =
                    !name.equals(UNUSED)
                            && !other.equals(UNUSED)
                            && otherNames.contains(name)
                            && sourceNames.contains(other);
            found.add(
                    Math.min(one.at(), found.size()),
                    new Divergence(
                            moved ? Divergence.Nature.MOVED : Divergence.Nature.RENAMED,
                            path + "." + one.field().name(),
                            moved
                                    ? "its place is that of " + other + " in the destination"
                                    : "the destination calls it " + one.other().name()));
        }
    }

    private static @Nullable Long sum(List<@Nullable Long> sizes) {
        long sum = 0;
        for (Long size : sizes) {
            if (size == null) {
                return null;
            }
            sum += size;
        }
        return sum;
    }

    /// Compares two fields that correspond.
    private List<Divergence> pair(String path, SchemaField source, Expected other) {
        String here = path + "." + source.name();
        FieldComparison inside = new FieldComparison(values, tests);
        SchemaField reference = other.reference();
        SchemaField dump = other.dump();
        if (!count(inside.differences, here, source, other)) {
            return inside.differences;
        }
        if (!source.nested().isEmpty() && other.structure()) {
            for (Schema body : source.nested()) {
                if (body.name().isEmpty() && body.fields().isEmpty()) {
                    continue; // QEMU before 10.0 describes a null pointer like this
                }
                Schema nestedDump = dump == null ? null : nested(dump, body);
                Schema nestedReference = reference == null ? null : nested(reference, body);
                Integer version = version(dump, nestedDump, nestedReference);
                if (version != null) {
                    inside.compare(
                            here, body, version, new Known(nestedDump, nestedReference, false));
                }
            }
            return inside.differences;
        }
        size(inside.differences, here, source, other);
        return inside.differences;
    }

    private static @Nullable Integer version(
            @Nullable SchemaField dump, @Nullable Schema nested, @Nullable Schema reference) {
        if (dump != null && dump.structVersion() != null) {
            return dump.structVersion();
        }
        Schema known = nested != null ? nested : reference;
        return known == null ? null : Integer.valueOf(known.version());
    }

    /// The description that a body of the source corresponds to.
    private static @Nullable Schema nested(SchemaField field, Schema body) {
        for (Schema nested : field.nested()) {
            if (nested.name().equals(body.name())) {
                return nested;
            }
        }
        return field.nested().isEmpty() ? null : field.nested().getFirst();
    }

    /// Compares the numbers of elements; returns whether the elements can be compared.
    private boolean count(List<Divergence> found, String path, SchemaField source, Expected other) {
        if (!(source.repetition() instanceof Repetition.Times(int mine))) {
            if (source.repetition() instanceof Repetition.Once
                    && other.dump() != null
                    && other.dump().repetition() instanceof Repetition.Times(int theirs)
                    && theirs > 1) {
                found.add(resized(path, "1 element", theirs + " elements"));
                return false;
            }
            return true;
        }
        if (other.dump() != null && other.dump().repetition() instanceof Repetition.Times(int n)) {
            if (n > 0 && n != mine && !countedByState(other, n)) {
                found.add(resized(path, mine + " elements", n + " elements"));
                return false;
            }
            return true;
        }
        if (other.reference() != null
                && other.reference().repetition() instanceof Repetition.Times(int theirs)
                && mine != theirs
                && !values.counted(mine, theirs)) {
            found.add(resized(path, mine + " elements", theirs + " elements"));
            return false;
        }
        return true;
    }

    /// Whether the destination's own stream has another number of elements than its description.
    private static boolean countedByState(Expected other, int described) {
        return other.reference() != null
                && other.reference().repetition() instanceof Repetition.Times(int sent)
                && sent != described;
    }

    private void size(List<Divergence> found, String path, SchemaField source, Expected other) {
        String type = source.wireType();
        if (type != null && VARIABLE.contains(type)) {
            return;
        }
        SchemaField reference = other.reference();
        if (reference != null) {
            Long mine = source.wireSize();
            Long theirs = reference.wireSize();
            if (reference.nested().isEmpty() != source.nested().isEmpty()) {
                found.add(
                        new Divergence(
                                Divergence.Nature.RESIZED, path, "a structure on one side only"));
            } else if (mine != null
                    && theirs != null
                    && !mine.equals(theirs)
                    && !values.counted(mine, theirs)) {
                found.add(resized(path, mine + " bytes", theirs + " bytes"));
            }
            return;
        }
        SchemaField dump = other.dump();
        if (dump == null) {
            return;
        }
        if (source.wireSize() != null && dump.wireSize() != null) {
            if (!source.wireSize().equals(dump.wireSize())) {
                found.add(resized(path, source.wireSize() + " bytes", dump.wireSize() + " bytes"));
            }
            return;
        }
        Long memory = dump.memorySize();
        if (memory == null || memory == 0) {
            return;
        }
        if (type == null) {
            memorySizes(found, path, source, dump, memory);
        } else if (source.wireSize() != null
                && !memory.equals(source.wireSize())
                && dump.nested().isEmpty()) {
            if (SCALARS.contains(type) && memory <= Long.BYTES) {
                found.add(resized(path, source.wireSize() + " bytes", memory + " bytes"));
            } else if (type.equals(TypeNames.BUFFER) || type.equals(TypeNames.UNUSED_BUFFER)) {
                found.add(resized(path, source.wireSize() + " bytes", memory + " bytes"));
            }
        }
    }

    /// Compares two sizes in memory, from two dumps.
    private static void memorySizes(
            List<Divergence> found,
            String path,
            SchemaField source,
            SchemaField dump,
            long memory) {
        if (source.nested().isEmpty() != dump.nested().isEmpty()) {
            found.add(
                    new Divergence(
                            Divergence.Nature.RESIZED, path, "a structure on one side only"));
            return;
        }
        Long mine = source.memorySize();
        if (mine == null || mine == memory || mine == 0) {
            return;
        }
        boolean numbers = mine <= Long.BYTES && memory <= Long.BYTES;
        found.add(
                numbers
                        ? resized(path, mine + " bytes", memory + " bytes")
                        : new Divergence(
                                Divergence.Nature.SIZE_UNCERTAIN,
                                path,
                                mine + " bytes of memory, in the destination " + memory));
    }

    private static Divergence resized(String path, String mine, String theirs) {
        return new Divergence(
                Divergence.Nature.RESIZED, path, mine + ", in the destination " + theirs);
    }
}
