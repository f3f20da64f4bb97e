// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// Finds the ends of bodies without a handler: by a description if there is one, otherwise by
/// footers and headers.
///
/// The description comes after all sections that it describes. If there is no other source of
/// expectations, the first of a run of full sections causes a search ahead for the description
/// ([DescriptionSearch]). A description at the end of the source is tried first; it is used if the
/// sections in it lead from the current body to it.
final class BodyDelimiter {

    private final Expectations expectations;
    private final LongPredicate isOpen;
    private final Set<Long> seen = new HashSet<>();
    private final List<SectionIdentity> passed = new ArrayList<>();
    private @Nullable SectionPairing<ExpectedSection> expected;
    private @Nullable Ahead lastAhead;

    /// Whether the expectations that are known without looking ahead have been requested.
    private boolean asked;

    /// Whether the description at the end of the source has been looked for.
    private boolean lookedAtEnd;

    /// The description at the end of the source; null if there is none.
    private @Nullable Description atEnd;

    /// The sections in the description at the end of the source.
    private List<ExpectedSection> namedAtEnd = List.of();

    /// Whether looking ahead again cannot yield new information.
    private boolean settled;

    /// The offset at which a search was ended by a section of an iterative device; after it another
    /// search may succeed.
    private long interruptedAt = -1;

    private boolean disagrees;
    private boolean otherEndings;

    /// @param isOpen whether an iterative device with a section id has been started
    BodyDelimiter(Expectations expectations, LongPredicate isOpen) {
        this.expectations = expectations;
        this.isOpen = isOpen;
    }

    /// Records the id of a section.
    void saw(long sectionId) {
        seen.add(sectionId);
    }

    /// Records a full section before its body is consumed.
    void passed(SectionIdentity identity) {
        passed.add(identity);
    }

    /// Whether a full section differed from the description.
    boolean disagrees() {
        return disagrees;
    }

    /// Returns the sections that are described or expected and have not been read yet, in order.
    List<ExpectedSection> left(WireReader in) throws IOException {
        if (!asked) {
            known(in);
        }
        SectionPairing<ExpectedSection> sections = expected;
        return sections == null ? List.of() : sections.left();
    }

    /// Moves `in`, which can seek and is at the first byte of a body, to the first byte after it.
    ///
    /// @param endings the numbers with which the body can end; empty if it can end with any bytes
    /// @param packageEnd the offset at which the elements end, if they are in a package
    BodyEnd pass(
            WireReader in,
            long sectionId,
            SectionIdentity identity,
            boolean iterative,
            List<Long> endings,
            Footers footers,
            OptionalLong packageEnd)
            throws IOException {
        long start = in.position();
        if (packageEnd.isPresent() && packageEnd.getAsLong() < start) {
            throw new CorruptException("the package ends before its elements", start);
        }
        long end;
        BodyEnd how;
        try (Ahead bytes = ahead(in)) {
            ElementFinder elements =
                    new ElementFinder(
                            bytes,
                            packageEnd,
                            in.limits().maxDescriptionBytes(),
                            isOpen,
                            seen::contains);
            Optional<ExpectedSection> described = Optional.empty();
            if (!iterative) {
                if (packageEnd.isEmpty()) {
                    lookAhead(in, bytes, elements, start, sectionId, identity, footers);
                } else if (expected == null) {
                    adopt(expectations.sections(null));
                }
                SectionPairing<ExpectedSection> sections = expected;
                described = sections == null ? Optional.empty() : sections.take(identity);
                passed(identity);
            }
            long length = described.map(ExpectedSection::bodyLength).orElse(Long.MAX_VALUE);
            if (length <= Long.MAX_VALUE - start
                    && endsAt(elements, start + length, sectionId, footers)) {
                end = start + length;
                how = BodyEnd.DESCRIBED;
            } else {
                Found found = search(elements, start, sectionId, endings, footers);
                end = found.end();
                how = described.isPresent() ? BodyEnd.RESYNCHRONIZED : found.how();
                disagrees |= !iterative && expected != null;
            }
        }
        in.seek(end);
        return how;
    }

    @SuppressWarnings("MustBeClosedChecker") // callers close it after each use
    private Ahead ahead(WireReader in) {
        Ahead bytes = lastAhead;
        if (bytes != null && bytes.isOf(in)) {
            return bytes.again();
        }
        bytes = new Ahead(in);
        lastAhead = bytes;
        return bytes;
    }

    /// Returns the description at the end of the source, if the end is known.
    Optional<Description> descriptionAtEnd(WireReader in) throws IOException {
        if (!lookedAtEnd) {
            atEnd = in.remaining().isPresent() ? DescriptionLocator.find(in).orElse(null) : null;
            lookedAtEnd = true;
        }
        return Optional.ofNullable(atEnd);
    }

    private static boolean endsAt(ElementFinder elements, long end, long sectionId, Footers footers)
            throws IOException {
        return (footers != Footers.ABSENT && elements.footerAt(end, sectionId))
                || (footers != Footers.USED && elements.elementAt(end));
    }

    /// The end of a body and how it was found.
    private record Found(long end, BodyEnd how) {}

    private Found search(
            ElementFinder elements, long start, long sectionId, List<Long> endings, Footers footers)
            throws IOException {
        BodyEnd how = BodyEnd.FOUND_BY_FOOTER;
        OptionalLong end = OptionalLong.empty();
        if (footers != Footers.ABSENT) {
            if (!endings.isEmpty() && !otherEndings) {
                end = elements.findFooter(start, sectionId, endings, true);
                // Do not repeat a failed search for each of many sections.
                otherEndings = end.isEmpty();
            }
            end = end.isPresent() ? end : elements.findFooter(start, sectionId, List.of(), true);
            end = end.isPresent() ? end : elements.findFooter(start, sectionId, List.of(), false);
        }
        if (end.isEmpty() && footers != Footers.USED) {
            how = BodyEnd.FOUND_BY_HEADER;
            end = elements.findElement(start);
        }
        if (end.isEmpty()) {
            throw new TruncatedException(
                    "the end of the body of section " + sectionId + " is not in the input", start);
        }
        return new Found(end.getAsLong(), how);
    }

    private void adopt(List<ExpectedSection> sections) {
        expected = sections.isEmpty() ? null : pairing(sections);
    }

    /// Returns a pairing of the sections, without those already read.
    private SectionPairing<ExpectedSection> pairing(List<ExpectedSection> sections) {
        SectionPairing<ExpectedSection> pairing =
                new SectionPairing<>(
                        sections, ExpectedSection::idString, ExpectedSection::instanceId);
        passed.forEach(pairing::take);
        return pairing;
    }

    /// Gets the expected sections from a substitute or from the description at the end of the
    /// source.
    private void known(WireReader in) throws IOException {
        asked = true;
        adopt(expectations.sections(null));
        if (expected != null) {
            settled = true;
            return;
        }
        Optional<Description> last = descriptionAtEnd(in);
        if (last.isPresent()) {
            namedAtEnd = sections(last.get());
            adopt(namedAtEnd);
        }
    }

    private List<ExpectedSection> sections(Description description) throws IOException {
        try {
            return expectations.sections(description);
        } catch (VMStateException e) {
            // The error is reported when reading reaches the description.
            return List.of();
        }
    }

    /// Whether the sections in the description at the end of the source lead from a body to the
    /// description.
    private boolean leadsToEnd(
            WireReader in,
            Ahead bytes,
            long body,
            long sectionId,
            SectionIdentity identity,
            Footers footers)
            throws IOException {
        Optional<Description> description = descriptionAtEnd(in);
        if (description.isEmpty()) {
            return false;
        }
        SectionPairing<ExpectedSection> sections = pairing(namedAtEnd);
        long target = endOfStream(description.get());
        Optional<ExpectedSection> section = sections.take(identity);
        long id = sectionId;
        long at = body;
        while (section.isPresent() && section.get().bodyLength() <= target - at) {
            at += section.get().bodyLength();
            boolean footer = bytes.u8(at) == StreamTags.SECTION_FOOTER && bytes.u32(at + 1) == id;
            if (footer ? footers == Footers.ABSENT : footers == Footers.USED) {
                return false;
            }
            at += footer ? StreamTags.FOOTER_BYTES : 0;
            while (bytes.u8(at) == StreamTags.COMMAND && at < target) {
                at += StreamTags.COMMAND_HEAD_BYTES + (Math.max(0, bytes.u32(at + 1)) & 0xffff);
            }
            if (at == target) {
                return true;
            }
            int nameLength = bytes.u8(at + StreamTags.NAME_LENGTH_AT);
            if (bytes.u8(at) != StreamTags.SECTION_FULL || nameLength < 0) {
                return false;
            }
            id = bytes.u32(at + 1);
            long name = at + StreamTags.NAME_LENGTH_AT + 1;
            section =
                    sections.take(
                            new SectionIdentity(
                                    name(bytes, name, nameLength),
                                    bytes.u32(name + nameLength),
                                    0));
            at += StreamTags.headerBytes(nameLength);
        }
        return false;
    }

    /// Returns the offset of the end-of-stream byte before a description.
    static long endOfStream(Description description) {
        return description.json().offset() - StreamTags.DESCRIPTION_HEAD_BYTES - 1;
    }

    private static String name(Ahead bytes, long at, int length) throws IOException {
        byte[] name = new byte[length];
        for (int i = 0; i < length; i++) {
            name[i] = (byte) bytes.u8(at + i);
        }
        return new String(name, StandardCharsets.UTF_8);
    }

    private void lookAhead(
            WireReader in,
            Ahead bytes,
            ElementFinder elements,
            long body,
            long sectionId,
            SectionIdentity identity,
            Footers footers)
            throws IOException {
        if (settled || body < interruptedAt) {
            return;
        }
        if (!asked) {
            known(in);
            settled = settled || leadsToEnd(in, bytes, body, sectionId, identity, footers);
            if (settled) {
                return;
            }
        }
        DescriptionSearch.Result result =
                new DescriptionSearch(bytes, elements, in.limits(), footers != Footers.ABSENT)
                        .from(body, sectionId);
        if (result instanceof DescriptionSearch.Result.None && footers == Footers.UNKNOWN) {
            result =
                    new DescriptionSearch(bytes, elements, in.limits(), false)
                            .from(body, sectionId);
        }
        switch (result) {
            case DescriptionSearch.Result.Interrupted(long at) -> interruptedAt = at;
            case DescriptionSearch.Result.None _ -> settled = true;
            case DescriptionSearch.Result.Found(long text, long length) -> {
                settled = true;
                List<ExpectedSection> sections =
                        sections(new Description(new Body.Present(text, bytes.view(text, length))));
                if (!sections.isEmpty()) {
                    adopt(sections);
                }
            }
        }
    }
}
