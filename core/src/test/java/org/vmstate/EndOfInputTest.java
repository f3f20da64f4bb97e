// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.gtreeDirect;
import static org.vmstate.VMStateFields.qtailq;
import static org.vmstate.VMStateFields.struct;
import static org.vmstate.VMStateFields.uint16;
import static org.vmstate.VMStateFields.uint8;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.testing.Source;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Bodies at the end of the input.
final class EndOfInputTest {
    static final class Part {
        int x = 0x0102;
        boolean more;
        int y = 7;

        static final VMStateDescription<Part> VMSTATE =
                VMStateDescription.builder("part", Part.class, MethodHandles.lookup())
                        .fields(uint16("x"))
                        .subsections(
                                VMStateDescription.builder(
                                                "part/more", Part.class, MethodHandles.lookup())
                                        .fields(uint8("y"))
                                        .needed(part -> part.more)
                                        .build())
                        .build();
    }

    static final class Plain {
        int x = 0x0304;

        static final VMStateDescription<Plain> VMSTATE =
                VMStateDescription.builder("plain", Plain.class, MethodHandles.lookup())
                        .fields(uint16("x"))
                        .build();
    }

    static final class Whole {
        int a = 1;
        int b = 2;
        final Part part = new Part();
        final Plain plain = new Plain();
        final Plain[] plains = {new Plain(), new Plain()};
        final @Nullable Plain[] pointers = {new Plain(), null, new Plain()};
        final List<Part> queue = new ArrayList<>(List.of(new Part()));
        final SortedMap<Long, Part> tree = new TreeMap<>();
    }

    @SafeVarargs
    private static VMStateDescription<Whole> whole(VMStateField<? super Whole>... fields) {
        VMStateDescriptionBuilder<Whole> builder =
                VMStateDescription.builder("whole", Whole.class, MethodHandles.lookup());
        for (VMStateField<? super Whole> field : fields) {
            builder = builder.fields(field);
        }
        return builder.build();
    }

    static Stream<Arguments> bodies() {
        return Stream.of(
                        whole(uint8("a"), struct("plain", Plain.VMSTATE)),
                        whole(uint8("a"), struct("part", Part.VMSTATE)),
                        whole(struct("plains", Plain.VMSTATE).array(2)),
                        whole(struct("pointers", Plain.VMSTATE).array(3).pointers()),
                        whole(qtailq("queue", 1, Part.VMSTATE, Part::new)),
                        whole(gtreeDirect("tree", 1, Part.VMSTATE, Part::new)),
                        whole(struct("part", Part.VMSTATE), struct("plain", Plain.VMSTATE)))
                .flatMap(d -> Stream.of(Source.values()).map(s -> Arguments.of(d, s)));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void aBodyEndsWithItsLastField(VMStateDescription<Whole> description, Source source)
            throws IOException {
        for (boolean more : new boolean[] {false, true}) {
            byte[] bytes = save(description, more);
            Whole loaded = new Whole();
            try (WireReader in = source.open(bytes)) {
                description.load(in, loaded, 1);
                assertThat(in.atEnd()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void aBodyThatLacksBytesIsTruncated(VMStateDescription<Whole> description, Source source)
            throws IOException {
        byte[] bytes = save(description, false);
        for (int length = 0; length < bytes.length; length++) {
            try (WireReader in = source.open(Arrays.copyOf(bytes, length))) {
                assertThatThrownBy(() -> description.load(in, new Whole(), 1))
                        .isInstanceOf(TruncatedException.class);
            }
        }
    }

    /// A truncated subsection is not read; it is left to the code that reads on.
    @ParameterizedTest
    @EnumSource
    void aSubsectionsNameThatIsCutShortIsTheNextField(Source source) throws IOException {
        VMStateDescription<Whole> description =
                whole(struct("part", Part.VMSTATE), uint8("a"), uint8("b"));
        Whole loaded = new Whole();
        try (WireReader in = source.open(HexFormat.of().parseHex("0a0b" + "0509"))) {
            description.load(in, loaded, 1);
        }
        assertThat(loaded.part.x).isEqualTo(0x0a0b);
        assertThat(loaded.a).isEqualTo(5);
        assertThat(loaded.b).isEqualTo(9);
    }

    @ParameterizedTest
    @EnumSource
    void verifyingEndsWhereLoadingDoes(Source source) throws IOException {
        VMStateDescription<Whole> description =
                whole(struct("part", Part.VMSTATE), struct("plain", Plain.VMSTATE));
        byte[] bytes = save(description, true);
        try (WireReader in = source.open(bytes)) {
            assertThat(description.verify(in, 1)).isEqualTo(bytes.length);
        }
    }

    private static byte[] save(VMStateDescription<Whole> description, boolean more)
            throws IOException {
        Whole whole = new Whole();
        whole.part.more = more;
        whole.queue.getFirst().more = more;
        whole.tree.put(1L, new Part());
        whole.tree.get(1L).more = more;
        return save(description, whole);
    }

    private static byte[] save(VMStateDescription<Whole> description, Whole whole)
            throws IOException {
        WireWriter writer = WireWriter.toMemory();
        description.save(writer, whole);
        return writer.toByteArray();
    }
}
