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
                } else if (!asked && expected == null) {
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

    /// Learns what is expected without looking ahead: from a description of somebody else's, or
    /// from one that stands where the source ends. Returns the latter.
    private Optional<Description> known(WireReader in) throws IOException {
        asked = true;
        adopt(expectations.sections(null));
        if (expected != null) {
            settled = true;
            return Optional.empty();
        }
        Optional<Description> last =
                in.remaining().isPresent() ? DescriptionLocator.find(in) : Optional.empty();
        if (last.isPresent()) {
            adopt(sections(last.get()));
        }
        return last;
    }

    private List<ExpectedSection> sections(Description description) throws IOException {
        try {
            return expectations.sections(description);
        } catch (VMStateException e) {
            // Whoever reads the description where it stands reports what is wrong with it.
            return List.of();
        }
    }

    /// Whether the sections that a description names lead from a body on to it.
    private boolean leadsTo(
            Description description,
            Ahead bytes,
            long body,
            long sectionId,
            SectionIdentity identity,
            Footers footers)
            throws IOException {
        SectionPairing<ExpectedSection> sections = pairing(sections(description));
        long target = description.json().offset() - StreamTags.DESCRIPTION_HEAD_BYTES - 1;
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
            int nameLength = bytes.u8(at + 5);
            if (bytes.u8(at) != StreamTags.SECTION_FULL || nameLength < 0) {
                return false;
            }
            id = bytes.u32(at + 1);
            section =
                    sections.take(
                            new SectionIdentity(
                                    name(bytes, at + 6, nameLength),
                                    bytes.u32(at + 6 + nameLength),
                                    0));
            at += StreamTags.headerBytes(nameLength);
        }
        return false;
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
            Optional<Description> last = known(in);
            if (settled
                    || (last.isPresent()
                            && leadsTo(last.get(), bytes, body, sectionId, identity, footers))) {
                settled = true;
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
