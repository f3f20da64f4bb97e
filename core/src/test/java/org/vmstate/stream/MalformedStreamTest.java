// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.vmstate.testing.StreamBytes.stream;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.testing.Source;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.LimitExceededException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// The errors of a reader about malformed streams: type, offset, and the elements before it.
class MalformedStreamTest {
    /// A stream that is valid up to the offset of the error.
    ///
    /// @param path the path of the error, if any
    record Wrong(
            String what,
            StreamBytes right,
            UnaryOperator<StreamBytes> rest,
            long errorBehindRight,
            Class<? extends VMStateException> error,
            String path,
            String message,
            List<String> before) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static StreamBytes withSection() {
        return stream().full(1, "one", 0, 1).hex("aabb").footer(1);
    }

    private static final List<String> HEADER = List.of("header");
    private static final List<String> SECTION =
            List.of("header", "full 1 one v1: aabb FOUND_BY_FOOTER", "footer 1");

    private static Wrong corrupt(
            String what,
            StreamBytes right,
            UnaryOperator<StreamBytes> rest,
            long at,
            String path,
            String message,
            List<String> before) {
        return new Wrong(what, right, rest, at, CorruptException.class, path, message, before);
    }

    static Stream<Wrong> wrongs() {
        return Stream.of(
                corrupt(
                        "another magic number",
                        new StreamBytes(),
                        s -> s.text("LibvirtQemudSave"),
                        0,
                        "",
                        "begins with 0x4c696276",
                        List.of()),
                new Wrong(
                        "format version 2",
                        new StreamBytes().text("QEVM"),
                        s -> s.u32(2),
                        0,
                        UnsupportedException.class,
                        "",
                        "version 2",
                        List.of()),
                new Wrong(
                        "format version 0xffffffff",
                        new StreamBytes().text("QEVM"),
                        s -> s.u32(-1),
                        0,
                        UnsupportedException.class,
                        "",
                        "version 4294967295",
                        List.of()),
                new Wrong(
                        "nothing behind the header",
                        stream(),
                        s -> s,
                        0,
                        TruncatedException.class,
                        "",
                        "without an end of stream",
                        HEADER),
                corrupt(
                        "a byte that begins nothing",
                        stream(),
                        s -> s.u8(0x55),
                        0,
                        "",
                        "no element begins with byte 0x55",
                        HEADER),
                corrupt(
                        "a footer of another section",
                        stream().start(1, "ram", 0, 4).hex("00"),
                        s -> s.footer(2).endOfStream(),
                        0,
                        "ram",
                        "footer of section 2 after section 1",
                        List.of("header", "start 1 ram v4: 00 WALKED")),
                corrupt(
                        "a footer behind a footer",
                        stream().start(1, "ram", 0, 4).hex("00").footer(1),
                        s -> s.footer(1),
                        0,
                        "",
                        "no element begins with byte 0x7e",
                        List.of("header", "start 1 ram v4: 00 WALKED", "footer 1")),
                corrupt(
                        "a footer behind the header",
                        stream(),
                        s -> s.footer(1),
                        0,
                        "",
                        "no element begins with byte 0x7e",
                        HEADER),
                corrupt(
                        "no footer where others have one",
                        stream().start(1, "ram", 0, 4).hex("00").footer(1).end(1).hex("00"),
                        s -> s.endOfStream(),
                        0,
                        "ram",
                        "no footer after section 1",
                        List.of(
                                "header",
                                "start 1 ram v4: 00 WALKED",
                                "footer 1",
                                "end 1 ram v4: 00 WALKED")),
                corrupt(
                        "a footer where others have none",
                        stream().start(1, "ram", 0, 4).hex("00").end(1).hex("00"),
                        s -> s.footer(1).endOfStream(),
                        0,
                        "",
                        "no element begins with byte 0x7e",
                        List.of("header", "start 1 ram v4: 00 WALKED", "end 1 ram v4: 00 WALKED")),
                corrupt(
                        "a part of a section never started",
                        stream(),
                        s -> s.part(9).hex("00").endOfStream(),
                        0,
                        "",
                        "a piece of section 9, which was not started",
                        HEADER),
                corrupt(
                        "a part of a full section",
                        withSection(),
                        s -> s.part(1).footer(1).endOfStream(),
                        0,
                        "",
                        "a piece of section 1, which was not started",
                        SECTION),
                corrupt(
                        "a configuration behind a section",
                        stream().start(1, "ram", 0, 4).hex("00").footer(1),
                        s -> s.configuration("pc").endOfStream(),
                        0,
                        "",
                        "does not directly follow the header",
                        List.of("header", "start 1 ram v4: 00 WALKED", "footer 1")),
                corrupt(
                        "two configurations",
                        stream().configuration("pc"),
                        s -> s.configuration("pc").endOfStream(),
                        0,
                        "",
                        "does not directly follow the header",
                        List.of("header", "configuration pc")),
                new Wrong(
                        "a description longer than the stream",
                        withSection().endOfStream().u8(0x06).u32(100),
                        s -> s.text("{}"),
                        0,
                        TruncatedException.class,
                        "",
                        "a value of 100 bytes",
                        List.of(
                                "header",
                                "full 1 one v1: aabb FOUND_BY_FOOTER",
                                "footer 1",
                                "end of stream")),
                new Wrong(
                        "a description beyond the limit",
                        withSection().endOfStream(),
                        s -> s.u8(0x06).u32(-1).text("{}"),
                        0,
                        LimitExceededException.class,
                        "",
                        "a description of 4294967295 bytes",
                        List.of(
                                "header",
                                "full 1 one v1: aabb FOUND_BY_FOOTER",
                                "footer 1",
                                "end of stream")),
                new Wrong(
                        "a name longer than the stream",
                        stream().u8(0x04).u32(1),
                        s -> s.u8(200).text("short"),
                        0,
                        TruncatedException.class,
                        "",
                        "a value of 201 bytes",
                        HEADER),
                corrupt(
                        "a name that is not UTF-8",
                        stream().u8(0x04).u32(1),
                        s -> s.u8(2).hex("c328").u32(0).u32(1).footer(1).endOfStream(),
                        0,
                        "",
                        "not UTF-8",
                        HEADER),
                new Wrong(
                        "a body without an end",
                        stream().full(1, "one", 0, 1),
                        s -> s.text("no footer, no header, no end"),
                        0,
                        TruncatedException.class,
                        "one",
                        "the end of the body of section 1 is not in the input",
                        HEADER),
                new Wrong(
                        "a body that its walker finds cut",
                        stream().start(1, "ram", 0, 4).u8(100),
                        s -> s.text("short"),
                        0,
                        TruncatedException.class,
                        "ram",
                        "a value of 100 bytes",
                        HEADER),
                corrupt(
                        "a package in a package",
                        stream().u8(0x08).u16(7).u16(4).u32(10),
                        s -> s.packaged(p -> p.u8(0)),
                        0,
                        "packaged",
                        "a packaged command inside a packaged command",
                        HEADER),
                corrupt(
                        "an end of stream in a package",
                        stream().u8(0x08).u16(7).u16(4).u32(1),
                        s -> s.endOfStream().endOfStream(),
                        0,
                        "packaged",
                        "cannot be in a package",
                        HEADER),
                corrupt(
                        "a configuration in a package",
                        stream().u8(0x08).u16(7).u16(4).u32(7),
                        s -> s.configuration("pc").endOfStream(),
                        0,
                        "packaged",
                        "cannot be in a package",
                        HEADER),
                corrupt(
                        "a package that ends inside a command",
                        stream().u8(0x08).u16(7).u16(4).u32(6).command(4),
                        s -> s.command(5).endOfStream(),
                        1,
                        "packaged",
                        "the package ends inside its last element",
                        HEADER),
                corrupt(
                        "a package that ends inside a body",
                        stream().u8(0x08).u16(7).u16(4).u32(20).start(1, "ram", 0, 4).hex("0a"),
                        s -> s.text("0123456789").endOfStream(),
                        2,
                        "packaged",
                        "the package ends inside its last element",
                        HEADER),
                corrupt(
                        "a package that ends before the footer",
                        stream()
                                .start(1, "ram", 0, 4)
                                .hex("00")
                                .footer(1)
                                .u8(0x08)
                                .u16(7)
                                .u16(4)
                                .u32(6)
                                .end(1)
                                .hex("00"),
                        s -> s.footer(1).endOfStream(),
                        0,
                        "packaged > ram",
                        "no footer after section 1",
                        List.of("header", "start 1 ram v4: 00 WALKED", "footer 1")),
                corrupt(
                        "a package whose length is not 4 bytes",
                        stream(),
                        s -> s.command(7, new byte[8]).endOfStream(),
                        0,
                        "",
                        "command 7 has 8 bytes of data, not 4",
                        HEADER));
    }

    static Stream<Arguments> wrongsFromSources() {
        return wrongs().flatMap(
                        w ->
                                Stream.of(Source.ARRAY, Source.MAPPED_FILE, Source.CHANNEL)
                                        .map(s -> Arguments.of(s, w)));
    }

    @ParameterizedTest
    @MethodSource("wrongsFromSources")
    void errorSaysWhatIsWrongAndWhere(Source source, Wrong wrong) throws IOException {
        long right = wrong.right().size();
        byte[] bytes =
                wrong.rest()
                        .apply(new StreamBytes().bytes(wrong.right().toByteArray()))
                        .toByteArray();
        List<String> elements = new ArrayList<>();
        try (WireReader in = source.open(bytes)) {
            VMStateException e =
                    catchThrowableOfType(
                            VMStateException.class,
                            () -> Reading.linesUpToTheError(Reading.reader(in), elements));

            assertThat(e).isExactlyInstanceOf(wrong.error()).hasMessageContaining(wrong.message());
            assertThat(e.path()).isEqualTo(wrong.path());
            assertThat(e.offset()).isEqualTo(right + wrong.errorBehindRight());
            if (source.seekable()) {
                assertThat(elements).containsExactlyElementsOf(wrong.before());
            } else {
                assertThat(elements).hasSameSizeAs(wrong.before());
            }
        }
    }

    @Test
    void packageLongerThanTheInputIsTruncated() {
        byte[] bytes = stream().u8(0x08).u16(7).u16(4).u32(0xffff_ffffL).command(4).toByteArray();

        for (Source source : List.of(Source.ARRAY, Source.MAPPED_FILE, Source.CHANNEL)) {
            TruncatedException e =
                    catchThrowableOfType(
                            TruncatedException.class,
                            () -> Reading.all(Reading.reader(source.open(bytes))));
            assertThat(e.offset()).isBetween(17L, (long) bytes.length);
        }
    }

    @Test
    void moreSectionsThanAllowedAreRefused() {
        ReadLimits limits = ReadLimits.builder().maxSections(2).build();
        StreamBytes stream = stream();
        for (int id = 0; id < 3; id++) {
            stream.start(id, "ram", id, 4).hex("00");
        }
        byte[] bytes = stream.endOfStream().toByteArray();
        List<StreamElement> elements = new ArrayList<>();

        LimitExceededException e =
                catchThrowableOfType(
                        LimitExceededException.class,
                        () ->
                                Reading.upToTheError(
                                        Reading.reader(WireReader.of(bytes, 0, limits)), elements));

        assertThat(e).hasMessageContaining("the limit is 2");
        assertThat(elements).hasSize(3);
    }

    @Test
    void packageOfMoreElementsThanAllowedIsRefused() {
        ReadLimits limits = ReadLimits.builder().maxCommands(10).build();
        byte[] bytes =
                stream()
                        .packaged(
                                p -> {
                                    for (int i = 0; i < 11; i++) {
                                        p.command(4);
                                    }
                                    return p;
                                })
                        .endOfStream()
                        .toByteArray();

        assertThat(
                        catchThrowableOfType(
                                LimitExceededException.class,
                                () -> Reading.all(Reading.reader(WireReader.of(bytes, 0, limits)))))
                .hasMessageContaining("the limit is 10");
    }

    @Test
    void streamCutAnywhereIsReportedAsTruncated() throws IOException {
        byte[] whole =
                stream()
                        .configuration("pc")
                        .subsection("configuration/uuid", 1)
                        .bytes(new byte[16])
                        .command(2, new byte[4])
                        .start(1, "ram", 0, 4)
                        .hex("03aabbcc")
                        .footer(1)
                        .end(1)
                        .hex("00")
                        .footer(1)
                        .packaged(p -> p.command(4).full(2, "two", 0, 1).hex("ee").footer(2))
                        .full(3, "three", 0, 1)
                        .hex("aabb")
                        .footer(3)
                        .endOfStream()
                        .description("{}")
                        .toByteArray();
        int withoutDescription = whole.length - 7;
        for (int cut = 0; cut < whole.length; cut++) {
            if (cut == withoutDescription) {
                continue;
            }
            for (Source source : List.of(Source.ARRAY, Source.CHANNEL)) {
                try (WireReader in = source.open(Arrays.copyOf(whole, cut))) {
                    VMStateException e =
                            catchThrowableOfType(
                                    VMStateException.class, () -> Reading.all(Reading.reader(in)));
                    assertThat(e).as("cut at %d", cut).isInstanceOf(TruncatedException.class);
                    assertThat(e.offset()).isBetween(0L, (long) cut);
                }
            }
        }
    }
}
