// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PrintableTest {
    @ParameterizedTest
    @ValueSource(
            ints = {
                0, 7, '\t', '\n', '\r', 0x1b, 0x7f, 0x85, 0x9b, 0xad, 0x200b, 0x200e, 0x2028,
                0x2029, 0x202e, 0x2066, 0xd800, 0xdfff, 0xfeff, 0xe0041
            })
    void whatATerminalObeysIsReplaced(int character) {
        String text = "a" + Character.toString(character) + "b";

        assertThat(Printable.text(text)).isEqualTo("a?b");
        assertThat(Printable.quoted(text)).isEqualTo("\"a?b\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "pc.ram", "/rom@etc/acpi/tables", "ä€", "\ud83d\ude00", "a b"})
    void otherTextStaysAsItIs(String text) {
        assertThat(Printable.text(text)).isEqualTo(text);
    }

    @Test
    void quotesInsideQuotesAreReplaced() {
        assertThat(Printable.quoted("a\"b")).isEqualTo("\"a?b\"");
    }
}
