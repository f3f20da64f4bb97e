// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A C expression over numbers: `sel & 4`, `version_id >= 2`, `!new`, `(sum + diff) / 2`.
///
/// @param text the text of the expression
/// @param root evaluates the expression
record Expression(String text, Node root) {
    /// Returns the number with a name.
    @FunctionalInterface
    interface Names {
        CNumber of(String name);
    }

    /// A node of an expression.
    @FunctionalInterface
    interface Node {
        CNumber value(Names names);
    }

    /// The operators in ascending order of precedence.
    private static final List<List<String>> LEVELS =
            List.of(
                    List.of("||"),
                    List.of("&&"),
                    List.of("|"),
                    List.of("^"),
                    List.of("&"),
                    List.of("==", "!="),
                    List.of("<=", ">=", "<", ">"),
                    List.of("<<", ">>"),
                    List.of("+", "-"),
                    List.of("*", "/", "%"));

    /// Parses an expression; throws [IllegalArgumentException] if it is malformed.
    static Expression parse(String text) {
        Parser parser = new Parser(text);
        Node root = parser.level(0);
        parser.expect("");
        return new Expression(text, root);
    }

    CNumber value(Names names) {
        return root.value(names);
    }

    boolean holds(Names names) {
        return value(names).isTrue();
    }

    /// Reads the tokens of a text.
    private static final class Parser {
        private static final Pattern TOKEN =
                Pattern.compile(
                        "([A-Za-z_][A-Za-z0-9_.]*|0[xX][0-9a-fA-F]+\\b|[0-9]+\\b"
                                + "|&&|\\|\\||<<|>>|[<>=!]=|[-+*/%&|^<>!~()])\\s*");

        private final Matcher tokens;
        private final String text;
        private int at;
        private String next = "";

        Parser(String text) {
            this.text = text.strip();
            this.tokens = TOKEN.matcher(this.text);
            advance();
        }

        private String advance() {
            String current = next;
            if (at == text.length()) {
                next = "";
            } else if (tokens.region(at, text.length()).lookingAt()) {
                next = tokens.group(1);
                at = tokens.end();
            } else {
                throw failure();
            }
            return current;
        }

        void expect(String token) {
            if (!next.equals(token)) {
                throw failure();
            }
            advance();
        }

        private IllegalArgumentException failure() {
            return new IllegalArgumentException("not an expression in C: " + text);
        }

        Node level(int level) {
            if (level == LEVELS.size()) {
                return unary();
            }
            Node left = level(level + 1);
            while (LEVELS.get(level).contains(next)) {
                left = binary(advance(), left, level(level + 1));
            }
            return left;
        }

        private static Node binary(String operator, Node left, Node right) {
            return names -> left.value(names).apply(operator, right.value(names));
        }

        private Node unary() {
            String token = advance();
            return switch (token) {
                case "!", "~", "-", "+" -> {
                    Node operand = unary();
                    yield names -> operand.value(names).apply(token);
                }
                case "(" -> {
                    Node inner = level(0);
                    expect(")");
                    yield inner;
                }
                case "true", "false" -> {
                    CNumber truth = CNumber.of(token.equals("true"));
                    yield _ -> truth;
                }
                default -> primary(token);
            };
        }

        private Node primary(String token) {
            if (token.isEmpty() || !Character.isJavaIdentifierPart(token.charAt(0))) {
                throw failure();
            }
            if (!Character.isDigit(token.charAt(0))) {
                return names -> names.of(token);
            }
            CNumber literal = CNumber.literal(Long.decode(token));
            return _ -> literal;
        }
    }
}
