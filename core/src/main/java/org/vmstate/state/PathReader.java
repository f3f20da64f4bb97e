// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.ArrayList;
import java.util.List;

/// Parses a path, in which names are quoted where necessary.
final class PathReader {
    /// The characters that end a name or have a special meaning in a path or pattern.
    private static final String SPECIAL = "./[]#*\"\\";

    private final String text;
    private int at;

    PathReader(String text) {
        this.text = text;
    }

    /// A name, quoted if necessary.
    static String quoted(String name) {
        boolean needed = name.isEmpty();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            needed |= SPECIAL.indexOf(c) >= 0 || Character.isWhitespace(c) || c < ' ';
        }
        return needed ? '"' + name.replace("\\", "\\\\").replace("\"", "\\\"") + '"' : name;
    }

    List<StatePath.Step> steps() {
        List<StatePath.Step> steps = new ArrayList<>();
        String idString = name();
        steps.add(new StatePath.Section(idString, skip('#') ? number(0xffff_ffffL) : 0));
        while (at < text.length()) {
            if (skip('.')) {
                steps.add(new StatePath.Field(name()));
            } else if (skip('/')) {
                steps.add(new StatePath.Subsection(name()));
            } else if (skip('[')) {
                int index = (int) number(Integer.MAX_VALUE);
                if (!skip(']')) {
                    throw wrong("] is missing");
                }
                steps.add(element(index));
            } else {
                throw wrong("a step begins with . / or [");
            }
        }
        return steps;
    }

    private StatePath.Step element(int index) {
        if (skipWhole(".key")) {
            return new StatePath.Key(index);
        }
        if (skipWhole(".value")) {
            return new StatePath.Value(index);
        }
        return new StatePath.Index(index);
    }

    /// Skips a step if another step or the end follows it.
    private boolean skipWhole(String step) {
        int end = at + step.length();
        boolean here =
                text.startsWith(step, at)
                        && (end == text.length() || "./[".indexOf(text.charAt(end)) >= 0);
        at = here ? end : at;
        return here;
    }

    private boolean skip(char c) {
        boolean here = at < text.length() && text.charAt(at) == c;
        at += here ? 1 : 0;
        return here;
    }

    private long number(long max) {
        int start = at;
        long number = 0;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            number = Math.min(max + 1, 10 * number + text.charAt(at) - '0');
            at++;
        }
        if (at == start || number > max) {
            throw wrong("a number up to " + max + " is expected");
        }
        return number;
    }

    private String name() {
        if (skip('"')) {
            return quotedName();
        }
        int start = at;
        while (at < text.length() && SPECIAL.indexOf(text.charAt(at)) < 0) {
            if (Character.isWhitespace(text.charAt(at)) || text.charAt(at) < ' ') {
                throw wrong("a name with blanks needs quotes");
            }
            at++;
        }
        if (at == start) {
            throw wrong("a name is expected");
        }
        return text.substring(start, at);
    }

    private String quotedName() {
        StringBuilder name = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return name.toString();
            }
            if (c == '\\' && at < text.length()) {
                c = text.charAt(at++);
            }
            name.append(c);
        }
        throw wrong("the closing quote is missing");
    }

    private IllegalArgumentException wrong(String detail) {
        return new IllegalArgumentException(
                "'" + text + "' is not a path: " + detail + ", at character " + (at + 1));
    }
}
