// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Checks that the harness supports the language of the vectors, and rejects anything else.
final class LanguageTest {
    /// `u8` is 200, `i8` is -1, `u32` and `i32` are all ones, `i64` is -1, `u64` is all ones.
    private static CNumber member(String name) {
        return switch (name) {
            case "u8" -> CNumber.of("uint8", 200);
            case "i8" -> CNumber.of("int8", 0xff);
            case "u32" -> CNumber.of("uint32", -1);
            case "i32" -> CNumber.of("int32", -1);
            case "i64" -> CNumber.of("int64", -1);
            case "u64" -> CNumber.of("uint64", -1);
            default -> throw new IllegalArgumentException(name);
        };
    }

    @ParameterizedTest
    @CsvSource({
        "1 + 2 * 3, 7",
        "(1 + 2) * 3, 9",
        "2147483647 + 1, -2147483648",
        "2147483648 + 1, 2147483649",
        "u8 + 100, 300",
        "u8 > 9, 1",
        "i8 > 9, 0",
        "~i8, 0",
        "-u32, 1",
        "u32 + 1, 0",
        "u32 / 2, 2147483647",
        "i32 / 2, 0",
        "(u32 + i32) / 2, 2147483647",
        "i32 > u32 - 1, 1",
        "i32 < 0, 1",
        "u32 < 0, 0",
        "i64 < u32, 1",
        "i64 < u64, 0",
        "u64 / 2, 9223372036854775807",
        "u64 % 10, 5",
        "u8 & 0x0f | 1 << 4, 24",
        "u8 ^ u8, 0",
        "u32 >> 31, 1",
        "i32 >> 31, -1",
        "!u8 || i8 == -1 && true, 1"
    })
    void computesAsCDoes(String expression, long value) {
        assertThat(Expression.parse(expression).value(LanguageTest::member).value())
                .isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a b",
                "a +",
                "a ? b : c",
                "(a",
                "a)",
                "f(a)",
                "a[0]",
                "a = b",
                "1x",
                "\"a\"",
                "a $ b"
            })
    void whatIsNoExpressionIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Expression.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "does something",
                "fails",
                "fails when a > 9",
                "a = b; does something",
                "initialise a",
                "calls f(a)"
            })
    void whatNoHookDoesIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> HookText.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'name': 'x', 'kind': 'capability'",
                "'name': 'x', 'kind': 'scalar', 'type': 'uint8', 'align': 4",
                "'name': 'x', 'kind': 'qtailq', 'description': 'd', 'storage': 'pointer'",
                "'name': 'x', 'kind': 'buffer', 'size': 3, 'storage': 'elsewhere'",
                "'name': 'x', 'kind': 'array', 'type': 'uint8', 'countFrom': {'member': 'n', 'plus': 1}",
                "'name': 'x', 'kind': 'scalar', 'type': 'uint8', 'test': {'text': 'always'}",
                "'name': 'x', 'kind': 'gtree', 'key': 'direct string', 'value': {'description': 'd'}"
            })
    void unknownWordsOfAFieldAreRefused(String field) {
        assertRefused("'fields': [{" + field + "}]", "'state': {'x': 0}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'priority': 3",
                "'hooks': {'preSetup': 'a = 1'}",
                "'hooks': {'preSave': 'does something'}",
                "'needed': {'expr': 'a ? b'}",
                "'notSent': {'x': 'string'}"
            })
    void unknownWordsOfADescriptionAreRefused(String words) {
        assertRefused("'fields': [], " + words, "'state': {}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'state': {}",
                "'state': {'a': 0, 'b': 0}",
                "'state': {'a': 0}, 'description': 'other'",
                "'state': {'a': 0}, 'twice': true"
            })
    void aCaseWithOtherWordsOrMembersIsRefused(String words) {
        String field = "{'name': 'a', 'kind': 'scalar', 'type': 'uint8'}";
        assertRefused("'fields': [" + field + "]", words);
    }

    @Test
    void aMemberThatIsMissingIsNullOnlyIfTheNoteSaysSo() {
        String fields =
                "'fields': [{'name': 'p', 'kind': 'struct', 'description': 'd', 'storage': 'pointer'}]";
        assertRefused(fields, "'state': {}, 'note': 'nothing special'");
        assertThat(Vectors.cases(file(fields, "'state': {}, 'note': 'p is null'"), new HashMap<>()))
                .hasSize(1);
    }

    private static void assertRefused(String description, String words) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Vectors.cases(file(description, words), new HashMap<>()));
    }

    private static String file(String description, String words) {
        return """
        {'descriptions': {
          'd': {'name': 'd', 'version': 1, 'minimumVersion': 1, 'fields': []},
          'outer': {'name': 'outer', 'version': 1, 'minimumVersion': 1, %s}
        }, 'cases': [{'description': 'outer', 'name': 'x', %s}]}
        """
                .formatted(description, words)
                .replace('\'', '"');
    }
}
