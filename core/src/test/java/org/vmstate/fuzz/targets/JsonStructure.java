// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import org.vmstate.fuzz.Structure;
import org.vmstate.fuzz.Structure.Kind;

/// The structure of a JSON text: objects, arrays, members with their commas, texts and numbers.
/// Invalid bytes are skipped.
final class JsonStructure {
    private static final int MAX_DEPTH = 200;

    private final byte[] input;
    private final int to;
    private final Structure structure;
    private int at;

    private JsonStructure(byte[] input, int from, int to, Structure structure) {
        this.input = input;
        this.at = from;
        this.to = to;
        this.structure = structure;
    }

    static Structure of(byte[] input) {
        Structure structure = new Structure();
        add(input, 0, input.length, structure);
        return structure;
    }

    /// Adds the structure of a text that is a part of an input.
    static void add(byte[] input, int from, int to, Structure structure) {
        JsonStructure json = new JsonStructure(input, from, to, structure);
        while (json.at < to) {
            json.value(0);
        }
    }

    /// Skips one value, or one byte that does not begin a value.
    private void value(int depth) {
        int from = at;
        byte first = input[at];
        if (first == '"') {
            text();
        } else if (first == '-' || (first >= '0' && first <= '9')) {
            while (at < to && "+-.eE0123456789".indexOf(input[at]) >= 0) {
                at++;
            }
            structure.span(from, at, Kind.DIGITS);
        } else if ((first == '{' || first == '[') && depth < MAX_DEPTH) {
            at++;
            members(first == '{' ? '}' : ']', depth + 1);
            structure.element(from, at);
        } else {
            at++;
        }
    }

    /// Skips the contents of brackets; each member with the comma after it is an element.
    private void members(int close, int depth) {
        int from = at;
        while (at < to && input[at] != close) {
            if (input[at] == ',') {
                at++;
                structure.element(from, at);
                from = at;
            } else {
                value(depth);
            }
        }
        structure.element(from, at);
        at = Math.min(to, at + 1);
    }

    private void text() {
        int from = ++at;
        while (at < to && input[at] != '"') {
            at += input[at] == '\\' ? 2 : 1;
        }
        at = Math.min(at, to);
        structure.span(from, at, Kind.TEXT);
        at = Math.min(to, at + 1);
    }
}
