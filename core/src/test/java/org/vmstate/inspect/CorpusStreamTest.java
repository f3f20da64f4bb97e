// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.stream.BodyEnd;
import org.vmstate.stream.Command;
import org.vmstate.stream.Description;
import org.vmstate.stream.Origin;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionFooter;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamTransform;
import org.vmstate.stream.StreamWriter;
import org.vmstate.testing.ComparingChannel;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.TrickleChannel;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Reads and writes all streams of the corpus that have no container.
@ParameterizedClass
@MethodSource("streams")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CorpusStreamTest {
    /// Up to this size, a stream is also read byte by byte and written in other formats.
    private static final int SMALL = 1 << 20;

    @Parameter Corpus.Entry entry;

    /// An element, including those in packages, and its origin.
    private record Read(StreamElement element, Origin origin) {}

    private byte[] bytes;
    private List<StreamElement> whole;
    private List<Read> read;

    static List<Corpus.Entry> streams() {
        return Corpus.streams().stream().filter(Corpus.Entry::beginsWithHeader).toList();
    }

    @BeforeParameterizedClassInvocation
    void read(Corpus.Entry stream) throws IOException {
        bytes = stream.bytes();
        read = reads(machine(WireReader.of(bytes)));
        whole = read.stream().map(Read::element).toList();
    }

    private static MachineReader machine(WireReader in) throws IOException {
        return MachineReader.of(in);
    }

    private static List<Read> reads(MachineReader reader) throws IOException {
        List<Read> elements = new ArrayList<>();
        for (StreamElement e = reader.next(); e != null; e = reader.next()) {
            elements.add(new Read(e, reader.origin()));
        }
        return elements;
    }

    private static List<StreamElement> elements(MachineReader reader) throws IOException {
        return reads(reader).stream().map(Read::element).toList();
    }

    /// All sections with their origins, including those in packages.
    private static List<Read> sectionReads(List<Read> elements) {
        List<Read> sections = new ArrayList<>();
        for (Read each : elements) {
            if (each.element() instanceof Section) {
                sections.add(each);
            } else if (each.element() instanceof Command.Packaged packaged) {
                List<Read> inside = new ArrayList<>();
                for (int i = 0; i < packaged.elements().size(); i++) {
                    inside.add(new Read(packaged.elements().get(i), each.origin().inside().get(i)));
                }
                sections.addAll(sectionReads(inside));
            }
        }
        return sections;
    }

    /// All sections, including those in packages.
    private static List<Section> sections(List<StreamElement> elements) {
        List<Section> sections = new ArrayList<>();
        for (StreamElement element : elements) {
            if (element instanceof Section section) {
                sections.add(section);
            } else if (element instanceof Command.Packaged packaged) {
                sections.addAll(sections(packaged.elements()));
            }
        }
        return sections;
    }

    private static void write(List<StreamElement> elements, StreamTransform change, WireWriter out)
            throws IOException {
        Iterator<StreamElement> all = elements.iterator();
        new StreamWriter(out).write(change, () -> all.hasNext() ? all.next() : null);
        out.flush();
    }

    private void assertWrittenAsRead(List<StreamElement> elements) throws IOException {
        ComparingChannel channel = new ComparingChannel(bytes);
        write(elements, StreamTransform.IDENTITY, WireWriter.to(channel));
        channel.assertComplete();
    }

    private static String outline(Read each) {
        return each.element() instanceof Section s
                ? s.getClass().getSimpleName()
                        + List.of(
                                each.origin().offset(),
                                s.sectionId(),
                                s.identity(),
                                s.body().offset(),
                                s.body().length())
                : each.element().getClass().getSimpleName() + "@" + each.origin().offset();
    }

    private static List<String> outlines(List<Read> elements) {
        return elements.stream().map(CorpusStreamTest::outline).toList();
    }

    @Test
    void arrayIsWrittenByteForByte() throws IOException {
        assertWrittenAsRead(whole);
    }

    @Test
    void fileIsWrittenByteForByte(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("stream"), bytes);
        try (WireReader in = WireReader.open(file, ReadLimits.DEFAULT)) {
            List<Read> elements = reads(machine(in));
            assertThat(outlines(elements)).isEqualTo(outlines(read));
            assertWrittenAsRead(elements.stream().map(Read::element).toList());
        }
    }

    @Test
    void pipeGivesTheSameElements() throws IOException {
        try (WireReader pipe = pipe()) {
            assertThat(outlines(reads(machine(pipe)))).isEqualTo(outlines(read));
        }
    }

    @Test
    void retainedPipeIsWrittenByteForByte() throws IOException {
        assumeThat(bytes.length).isLessThanOrEqualTo(SMALL);
        try (WireReader kept = pipe().retained()) {
            assertWrittenAsRead(elements(machine(kept)));
        }
    }

    private WireReader pipe() {
        int step = bytes.length <= SMALL ? 1 : 4099;
        return WireReader.of(new TrickleChannel(bytes, step), ReadLimits.DEFAULT);
    }

    @Test
    void overviewGivesTheSameDevices() throws IOException {
        MachineReader reader = MachineReader.overview(WireReader.of(bytes));

        List<Read> sections = sectionReads(reads(reader));

        assertThat(outlines(devices(sections))).isEqualTo(outlines(devices(sectionReads(read))));
        assertThat(reader.skippedBytes() > 0)
                .isEqualTo(sections.size() < sectionReads(read).size());
    }

    private static List<Read> devices(List<Read> sections) {
        return sections.stream()
                .filter(
                        s ->
                                s.element() instanceof Section.Full
                                        || s.element() instanceof Section.Start)
                .toList();
    }

    private static BodyEnd end(Read section) {
        return section.origin().bodyEnd().orElseThrow();
    }

    @Test
    void bodiesEndWhereTheStreamItselfSays() {
        BodyEnd beyondWalking =
                switch (entry.name()) {
                    case "v-novmdesc-72", "v-novmdesc-100", "v-postcopy-52", "v-postcopy-100" ->
                            BodyEnd.FOUND_BY_FOOTER;
                    case "v-bare-52" -> BodyEnd.FOUND_BY_HEADER;
                    default -> BodyEnd.DESCRIBED;
                };
        List<Read> others =
                sectionReads(read).stream()
                        .filter(s -> end(s) != BodyEnd.WALKED)
                        .filter(s -> end(s) != beyondWalking)
                        .toList();
        if (entry.name().equals("s390x-72")) {
            // QEMU 7.2 describes the subchannels by the first one, which does not exist
            assertThat(others)
                    .extracting(
                            s -> ((Section) s.element()).identity().idString(),
                            CorpusStreamTest::end)
                    .containsExactly(tuple("s390_css", BodyEnd.RESYNCHRONIZED));
        } else {
            assertThat(others).isEmpty();
        }
    }

    /// The expected ends are taken from the description, which is then removed together with the
    /// footers.
    @Test
    void sectionsAreFoundWithoutDescriptionAndFooters() throws IOException {
        assumeThat(bytes.length).isLessThanOrEqualTo(SMALL);
        assumeThat(described()).isTrue();
        StreamTransform undescribed = StreamTransform.without(Description.class);

        assertThat(extents(elements(changed(whole, undescribed)))).isEqualTo(extents(whole));
        assertThat(
                        extents(
                                elements(
                                        changed(
                                                whole,
                                                undescribed.then(
                                                        StreamTransform.without(
                                                                SectionFooter.class))))))
                .isEqualTo(extents(whole));
    }

    private static List<String> extents(List<StreamElement> elements) {
        return sections(elements).stream()
                .map(s -> s.identity() + " has " + s.body().length() + " bytes")
                .toList();
    }

    private static MachineReader changed(List<StreamElement> elements, StreamTransform change)
            throws IOException {
        return machine(WireReader.of(written(elements, change)));
    }

    private static byte[] written(List<StreamElement> elements, StreamTransform change)
            throws IOException {
        WireWriter out = WireWriter.toMemory();
        write(elements, change, out);
        return out.toByteArray();
    }

    private boolean described() {
        return whole.getLast() instanceof Description
                && ends().equals(Set.of(BodyEnd.WALKED, BodyEnd.DESCRIBED));
    }

    private Set<BodyEnd> ends() {
        return sectionReads(read).stream().map(CorpusStreamTest::end).collect(Collectors.toSet());
    }

    /// Removing and adding the footers gives the same stream, if its bodies are described.
    @Test
    void footersCanBeLeftOutAndPutBack() throws IOException {
        assumeThat(bytes.length).isLessThanOrEqualTo(SMALL);
        assumeThat(whole).hasAtLeastOneElementOfType(SectionFooter.class);
        assumeThat(described()).isTrue();
        byte[] without = written(whole, StreamTransform.without(SectionFooter.class));
        assertThat(bytes.length - without.length).isEqualTo(5 * sections(whole).size());

        List<StreamElement> again = elements(machine(WireReader.of(without)));

        assertThat(Arrays.equals(written(again, StreamTransform.withFooters()), bytes)).isTrue();
    }
}
