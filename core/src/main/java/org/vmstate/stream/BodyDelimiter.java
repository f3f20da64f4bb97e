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

/// Finds where the bodies end that no handler consumes: by a description where there is one, by
/// footers and headers where not.
///
/// The description stands behind everything it describes. Where nothing else says what to expect,
/// the first of a run of full sections makes this look ahead for it ([DescriptionSearch]); one that
/// stands where the source ends is tried first and counts if the sections that it names lead to it.
final class BodyDelimiter {

    private final Expectations expectations;
    private final LongPredicate isOpen;
    private final Set<Long> seen = new HashSet<>();
    private final List<SectionIdentity> passed = new ArrayList<>();
    private @Nullable SectionPairing<ExpectedSection> expected;
    private @Nullable Ahead lastAhead;

    /// Whether it was asked what is known without looking ahead.
    private boolean asked;

    /// Whether the description that ends where the source ends was looked for.
    private boolean lookedAtEnd;

    /// That description; null if there is none.
    private @Nullable Description atEnd;

    /// What the description at the end of the source names.
    private List<ExpectedSection> namedAtEnd = List.of();

    /// Whether looking ahead again can tell nothing new.
    private boolean settled;

    /// Where a search was interrupted by a piece of an iterative device; behind it another one may
    /// succeed.
    private long interruptedAt = -1;

    private boolean disagrees;
    private boolean otherEndings;

    /// @param isOpen whether an iterative device with a section id has been started
    BodyDelimiter(Expectations expectations, LongPredicate isOpen) {
        this.expectations = expectations;
        this.isOpen = isOpen;
    }

    /// Notes the header of a section.
    void saw(long sectionId) {
        seen.add(sectionId);
    }

    /// Records a full section before its body is consumed.
    void passed(SectionIdentity identity) {
        passed.add(identity);
    }

    /// Whether a full section is not what the description led to expect.
    boolean disagrees() {
        return disagrees;
    }

    /// What has been described, or expected, and not been read; in order.
    List<ExpectedSection> left(WireReader in) throws IOException {
        if (!asked) {
            known(in);
        }
        SectionPairing<ExpectedSection> sections = expected;
        return sections == null ? List.of() : sections.left();
    }

    /// Moves `in`, which can seek and stands at the first byte of a body, behind it.
    ///
    /// @param endings the numbers of which one ends the body; empty for anything
    /// @param packageEnd where the elements end, inside a package
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

    @SuppressWarnings("MustBeClosedChecker") // it is closed where it is used, each time
    private Ahead ahead(WireReader in) {
        Ahead bytes = lastAhead;
        if (bytes != null && bytes.isOf(in)) {
            return bytes.again();
        }
        bytes = new Ahead(in);
        lastAhead = bytes;
        return bytes;
    }

    /// The description that ends where the source ends, if the source knows its end.
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

    /// The end of a body, and how it was found.
    private record Found(long end, BodyEnd how) {}

    private Found search(
            ElementFinder elements, long start, long sectionId, List<Long> endings, Footers footers)
            throws IOException {
        BodyEnd how = BodyEnd.FOUND_BY_FOOTER;
        OptionalLong end = OptionalLong.empty();
        if (footers != Footers.ABSENT) {
            if (!endings.isEmpty() && !otherEndings) {
                end = elements.findFooter(start, sectionId, endings, true);
                // Searched for in vain once, and not for each of many sections.
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

    /// What is left of the sections behind those that were read already.
    private SectionPairing<ExpectedSection> pairing(List<ExpectedSection> sections) {
        SectionPairing<ExpectedSection> pairing =
                new SectionPairing<>(
                        sections, ExpectedSection::idString, ExpectedSection::instanceId);
        passed.forEach(pairing::take);
        return pairing;
    }

    /// Takes the expected sections from a substitute, or from the description at the source's end.
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
            // Whoever reads the description where it stands reports what is wrong with it.
            return List.of();
        }
    }

    /// Whether the sections that the description at the source's end names lead from a body on to
    /// it.
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

    /// Where the end-of-stream byte before a description stands.
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
