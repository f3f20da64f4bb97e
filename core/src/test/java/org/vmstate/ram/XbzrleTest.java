// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.wire.CorruptException;

class XbzrleTest {
    private static final int PAGE = 4096;

    /// Pages that differ in runs of random length, as those of guests do, and in single bytes.
    @ParameterizedTest
    @ValueSource(ints = {256, 1024, 4096, 8192, 16384})
    void decodingWhatWasEncodedGivesThePage(int pageSize) throws CorruptException {
        for (int seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            byte[] before = new byte[pageSize];
            if (random.nextInt(4) != 0) {
                random.nextBytes(before);
            }
            byte[] after = before.clone();
            int changes = random.nextInt(1 << random.nextInt(9));
            for (int i = 0; i < changes; i++) {
                int at = random.nextInt(pageSize);
                int length = 1 + random.nextInt(1 << random.nextInt(12));
                for (int j = at; j < Math.min(pageSize, at + length); j++) {
                    after[j] = (byte) (random.nextInt(8) == 0 ? after[j] : random.nextInt());
                }
            }
            byte[] delta = new byte[2 * pageSize];
            int length = Xbzrle.encode(before, 0, after, 0, pageSize, delta);
            assertThat(length).isGreaterThanOrEqualTo(0);
            assertThat(length == 0).isEqualTo(Arrays.equals(before, after));
            Xbzrle.decode(delta, 0, length, before, 0, pageSize, 0);
            assertThat(before).isEqualTo(after);
            assertThat(Xbzrle.encode(before, 0, after, 0, pageSize, new byte[0])).isZero();
            if (length > 0) {
                byte[] exact = new byte[length];
                byte[] old = before.clone();
                Arrays.fill(old, (byte) 1);
                assertThat(Xbzrle.encode(old, 0, old, 0, pageSize, exact)).isZero();
            }
        }
    }

    /// The output of QEMU's own encoder for the same pages.
    @Test
    void theEncodingIsTheOneOfTheFormat() {
        byte[] before = new byte[PAGE];
        byte[] after = new byte[PAGE];
        after[0] = 1;
        after[200] = 2;
        after[201] = 3;
        byte[] delta = new byte[PAGE];
        int length = Xbzrle.encode(before, 0, after, 0, PAGE, delta);
        assertThat(HexFormat.of().formatHex(delta, 0, length))
                .isEqualTo("000101" + "c70102" + "0203");
        Arrays.fill(after, (byte) 0);
        after[PAGE - 1] = 9;
        length = Xbzrle.encode(before, 0, after, 0, PAGE, delta);
        assertThat(HexFormat.of().formatHex(delta, 0, length)).isEqualTo("ff1f0109");
    }

    @Test
    void aDeltaThatDoesNotFitIsGivenUp() {
        byte[] before = new byte[PAGE];
        byte[] after = new byte[PAGE];
        Arrays.fill(after, (byte) 7);
        assertThat(Xbzrle.encode(before, 0, after, 0, PAGE, new byte[PAGE]))
                .isEqualTo(Xbzrle.OVERFLOW);
        assertThat(Xbzrle.encode(before, 0, after, 0, PAGE, new byte[PAGE + 3]))
                .isEqualTo(PAGE + 3);
        assertThat(Xbzrle.encode(new byte[32768], 0, filled(32768), 0, 32768, new byte[65536]))
                .isEqualTo(Xbzrle.OVERFLOW);
    }

    private static byte[] filled(int size) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) 1);
        return bytes;
    }

    @ParameterizedTest
    @CsvSource({
        "00, ends without a changed run",
        "0000, an empty changed run",
        "000101000101, an unchanged run of 0 behind the first",
        "000201, a run past the delta",
        "ff1f020102, a run past the page",
        "80, a number cut short",
        "ff80, a number of three bytes",
        "8080, a number of three bytes",
        "ffff01, a number of three bytes",
        "ff7f0101, an unchanged run past the page",
        "0080, a changed number cut short"
    })
    void wrongDeltasAreRefused(String hex, String why) {
        byte[] delta = HexFormat.of().parseHex(hex);
        byte[] page = new byte[PAGE + 16];
        assertThatThrownBy(() -> Xbzrle.decode(delta, 0, delta.length, page, 8, PAGE, 0x100))
                .as(why)
                .isInstanceOf(CorruptException.class)
                .hasMessageContaining("XBZRLE");
    }

    /// With any input, a decoder accesses only the page.
    @Test
    void randomDeltasNeverLeaveThePage() {
        Random random = new Random(3);
        byte[] page = new byte[PAGE + 16];
        for (int i = 0; i < 20000; i++) {
            byte[] delta = new byte[random.nextInt(64)];
            random.nextBytes(delta);
            try {
                Xbzrle.decode(delta, 0, delta.length, page, 8, PAGE, 0);
            } catch (CorruptException e) {
                assertThat(e).hasMessageContaining("XBZRLE");
            }
            assertThat(Arrays.copyOf(page, 8)).containsOnly(0);
            assertThat(Arrays.copyOfRange(page, PAGE + 8, PAGE + 16)).containsOnly(0);
        }
    }
}
