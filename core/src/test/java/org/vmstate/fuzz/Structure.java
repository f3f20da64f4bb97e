// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// The structure of an input: its elements, its numbers, and which of the numbers are lengths.
///
/// Separate parsers in the tests determine it, so that inputs that the code under test refuses have
/// a structure as well.
public final class Structure {
    private final List<Span> spans = new ArrayList<>();
    private final List<Numeral> numbers = new ArrayList<>();
    private final List<Length> lengths = new ArrayList<>();

    /// A range of bytes that belong together, so that they can be removed, duplicated or moved.
    ///
    /// @param kind spans of the same kind can replace each other
    public record Span(int from, int to, Kind kind) {}

    /// The kinds of spans.
    public enum Kind {
        /// An element of a stream, a record, or a JSON member with its comma.
        ELEMENT,
        /// A number written in digits.
        DIGITS,
        /// A text, without its quotes if it has any.
        TEXT,
        /// Bytes without a known structure.
        BYTES
    }

    /// A binary number.
    public record Numeral(int at, int width, ByteOrder order) {
        /// Returns its value in an input.
        public long get(byte[] input) {
            long value = 0;
            for (int i = 0; i < width; i++) {
                value = value << 8 | (input[index(i)] & 0xff);
            }
            return value;
        }

        /// Replaces it in an input by the low bits of a value.
        public void put(byte[] input, long value) {
            for (int i = 0; i < width; i++) {
                input[index(width - 1 - i)] = (byte) (value >>> (8 * i));
            }
        }

        private Numeral moved(int offset) {
            return new Numeral(at + offset, width, order);
        }

        private int index(int i) {
            return order.equals(ByteOrder.BIG_ENDIAN) ? at + i : at + width - 1 - i;
        }
    }

    /// A number that is the length of the bytes from `from` to `to`.
    public record Length(Numeral number, int from, int to) {}

    /// Adds an element.
    public void element(int from, int to) {
        span(from, to, Kind.ELEMENT);
    }

    /// Adds a span unless it is empty.
    public void span(int from, int to, Kind kind) {
        if (from < to) {
            spans.add(new Span(from, to, kind));
        }
    }

    /// Adds a big-endian number.
    public void number(int at, int width) {
        numbers.add(new Numeral(at, width, ByteOrder.BIG_ENDIAN));
    }

    /// Adds a little-endian number.
    public void littleNumber(int at, int width) {
        numbers.add(new Numeral(at, width, ByteOrder.LITTLE_ENDIAN));
    }

    /// Adds a big-endian number that is a length.
    public void length(int at, int width, int from, int to) {
        length(new Numeral(at, width, ByteOrder.BIG_ENDIAN), from, to);
    }

    /// Adds a number that is a length.
    public void length(Numeral number, int from, int to) {
        numbers.add(number);
        lengths.add(new Length(number, from, to));
    }

    /// Adds the structure of a part that begins at an offset.
    public void add(Structure part, int offset) {
        for (Span span : part.spans) {
            spans.add(new Span(span.from + offset, span.to + offset, span.kind));
        }
        for (Numeral number : part.numbers) {
            numbers.add(number.moved(offset));
        }
        for (Length length : part.lengths) {
            lengths.add(
                    new Length(
                            length.number.moved(offset), length.from + offset, length.to + offset));
        }
    }

    /// The spans; those of one kind in the order in which they begin.
    public List<Span> spans() {
        return spans;
    }

    /// The numbers, lengths among them.
    public List<Numeral> numbers() {
        return numbers;
    }

    /// The lengths.
    public List<Length> lengths() {
        return lengths;
    }
}
