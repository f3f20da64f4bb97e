// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A C-like expression over numbers: `sel & 4`, `version_id >= 2`, `!new`, `(sum + diff) / 2`.
final class Expression {
    /// Gives a name its number.
    @FunctionalInterface
    interface Names {
        long of(String name);
    }

    private static final Pattern TOKEN =
            Pattern.compile("\\s*([A-Za-z_][A-Za-z0-9_.]*|[0-9]+|&&|\\|\\||[<>=!]=|[-+*/&|<>!()])");

    /// The operators by how tightly they bind, loosest first.
    private static final String[][] LEVELS = {
        {"||"}, {"&&"}, {"|"}, {"&"}, {"==", "!="}, {"<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/"}
    };

    private static final Map<String, Long> CONSTANTS = Map.of("true", 1L, "false", 0L);

    private final Matcher tokens;
    private final Names names;
    private String next = "";

    private Expression(String text, Names names) {
        this.tokens = TOKEN.matcher(text);
        this.names = names;
        advance();
    }

    static long value(String text, Names names) {
        return new Expression(text, names).level(0);
    }

    private String advance() {
        String current = next;
        next = tokens.find() ? tokens.group(1) : "";
        return current;
    }

    private long level(int level) {
        if (level == LEVELS.length) {
            return unary();
        }
        long left = level(level + 1);
        while (java.util.List.of(LEVELS[level]).contains(next)) {
            String operator = advance();
            left = apply(operator, left, level(level + 1));
        }
        return left;
    }

    private long unary() {
        String token = advance();
        return switch (token) {
            case "!" -> unary() == 0 ? 1 : 0;
            case "-" -> -unary();
            case "(" -> {
                long inner = level(0);
                advance();
                yield inner;
            }
            default ->
                    Character.isDigit(token.charAt(0))
                            ? Long.parseLong(token)
                            : CONSTANTS.containsKey(token) ? CONSTANTS.get(token) : names.of(token);
        };
    }

    private static long apply(String operator, long a, long b) {
        return switch (operator) {
            case "||" -> a != 0 || b != 0 ? 1 : 0;
            case "&&" -> a != 0 && b != 0 ? 1 : 0;
            case "|" -> a | b;
            case "&" -> a & b;
            case "==" -> a == b ? 1 : 0;
            case "!=" -> a != b ? 1 : 0;
            case "<" -> a < b ? 1 : 0;
            case ">" -> a > b ? 1 : 0;
            case "<=" -> a <= b ? 1 : 0;
            case ">=" -> a >= b ? 1 : 0;
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            default -> a / b;
        };
    }
}
