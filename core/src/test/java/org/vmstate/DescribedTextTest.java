// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.codec.Codec;
import org.vmstate.internal.plan.PlanSaver;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireWriter;

/// Compares the copied text, and the bytes, with those of the plan: random descriptions, and
/// several states of each, because text is copied from the second save on.
final class DescribedTextTest {
    private static final int DESCRIPTIONS = 60;
    private static final int STATES = 6;

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void describesObjectsAsThePlanDoes(long seed) throws IOException {
        compare(new ObjectDescriptions(new Random(seed)));
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void describesMemoryAsThePlanDoes(long seed) throws IOException {
        compare(new MemoryDescriptions(new Random(seed)));
    }

    private static <T> void compare(Descriptions<T> descriptions) throws IOException {
        int described = 0;
        for (int i = 0; i < DESCRIPTIONS; i++) {
            Layout layout = descriptions.next().layout();
            Codec codec = new Codec(layout);
            long shape = descriptions.random.nextLong();
            for (int s = 0; s < STATES; s++) {
                if (s == STATES / 2) {
                    shape = descriptions.random.nextLong();
                }
                long values = descriptions.random.nextLong();
                T one = descriptions.state(new Random(values), shape);
                T other = descriptions.state(new Random(values), shape);
                Result planned = Result.of((out, text) -> plan(layout, out, one, text));
                Result copied = Result.of((out, text) -> codec.save(out, other, text));
                assertThat(copied.failure).isEqualTo(planned.failure);
                assertThat(copied.hex).isEqualTo(planned.hex);
                assertThat(descriptions.text(other)).isEqualTo(descriptions.text(one));
                if (planned.failure.isEmpty()) {
                    assertThat(copied.text).isEqualTo(planned.text);
                    described++;
                }
            }
        }
        assertThat(described).isGreaterThan(DESCRIPTIONS);
    }

    private static void plan(Layout layout, WireWriter out, Object state, VmDescWriter text)
            throws IOException {
        new PlanSaver(out).body(layout, state, layout.version(), text);
    }

    /// The outcome of a save: the bytes, the text, and the exception.
    private record Result(String hex, String text, String failure) {
        /// Saves and describes a state.
        interface Save {
            void save(WireWriter out, VmDescWriter text) throws IOException;
        }

        static Result of(Save save) throws IOException {
            WireWriter out = WireWriter.toMemory();
            VmDescWriter text = new VmDescWriter().startObject().number("before", 1);
            String failure = "";
            try {
                save.save(out, text);
            } catch (VMStateException e) {
                failure = e.getClass() + " " + e.getMessage();
            } catch (RuntimeException | IOException e) {
                failure = e.getClass().toString();
            }
            text.number("behind", 2).endObject();
            String hex = HexFormat.of().formatHex(out.toByteArray());
            assertThat(new String(text.toByteArray(), StandardCharsets.UTF_8))
                    .isEqualTo(text.toString());
            return new Result(hex, text.toString(), failure);
        }
    }
}
