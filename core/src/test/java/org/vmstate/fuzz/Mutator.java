// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.vmstate.fuzz.Structure.Kind;
import org.vmstate.fuzz.Structure.Length;
import org.vmstate.fuzz.Structure.Span;

/// Creates inputs by changing others, guided by their structure.
///
/// A change replaces a range of bytes. The lengths that contain the range are corrected in half of
/// the cases. The new bytes come from the same input, from another one or from the constants of the
/// code under test, or they are random.
final class Mutator {
    private static final int MAX_CHANGES = 6;
    private static final int MAX_INSERTED = 64;

    private final SplittableRandom random;
    private final Target target;
    private final int maxLength;
    private final List<byte[]> words = new ArrayList<>();
    private final List<Long> values = new ArrayList<>();

    Mutator(Target target, SplittableRandom random, int maxLength) {
        this.target = target;
        this.random = random;
        this.maxLength = maxLength;
    }

    /// Adds a constant of the code under test to the dictionary.
    void learn(Object constant) {
        switch (constant) {
            case String text when !text.isEmpty() && text.length() <= MAX_INSERTED ->
                    words.add(text.getBytes(UTF_8));
            case Integer number -> values.add(number.longValue());
            case Long number -> values.add(number);
            default -> {}
        }
    }

    /// Returns a changed copy of `input`.
    ///
    /// @param other an input whose elements may be inserted
    byte[] mutated(Pool.Entry input, Pool.Entry other) {
        byte[] result = changed(input.input(), input.structure(), other);
        int more = random.nextInt(1 + random.nextInt(MAX_CHANGES));
        for (int i = 0; i < more; i++) {
            result = changed(result, target.structure(result), other);
        }
        return random.nextInt(8) == 0 ? result : target.repaired(result);
    }

    private byte[] changed(byte[] input, Structure structure, Pool.Entry other) {
        int kind = random.nextInt(16);
        byte[] changed =
                switch (kind) {
                    case 0, 1 -> dropped(input, structure);
                    case 2, 3 -> doubled(input, structure);
                    case 4, 5 -> spliced(input, structure, other);
                    case 6, 7, 8 -> renumbered(input, structure);
                    case 9 -> rewritten(input, structure);
                    case 10 -> inserted(input, structure);
                    case 11 -> cut(input, structure);
                    case 12 -> word(input, structure);
                    default -> bytes(input);
                };
        return changed.length > maxLength ? input : changed;
    }

    private byte[] dropped(byte[] input, Structure structure) {
        if (structure.spans().isEmpty()) {
            return bytes(input);
        }
        Span span = any(structure.spans());
        return replace(input, structure, span.from(), span.to(), new byte[0]);
    }

    /// Inserts one or many copies of an element before or after an element.
    private byte[] doubled(byte[] input, Structure structure) {
        if (structure.spans().isEmpty()) {
            return bytes(input);
        }
        Span span = any(structure.spans());
        byte[] piece = Arrays.copyOfRange(input, span.from(), span.to());
        Span place = random.nextBoolean() ? span : any(structure.spans());
        int at = random.nextBoolean() ? place.from() : place.to();
        if (random.nextInt(8) == 0) {
            piece = repeated(piece, 2 + random.nextInt(1 << random.nextInt(1, 8)));
        }
        return replace(input, structure, at, at, piece);
    }

    private byte[] repeated(byte[] piece, int times) {
        int many = Math.min(times, maxLength / Math.max(1, piece.length));
        byte[] result = new byte[many * piece.length];
        for (int i = 0; i < many; i++) {
            System.arraycopy(piece, 0, result, i * piece.length, piece.length);
        }
        return result;
    }

    /// Replaces an element by one of another input, or inserts that one after it.
    private byte[] spliced(byte[] input, Structure structure, Pool.Entry other) {
        List<Span> theirs = other.structure().spans();
        if (structure.spans().isEmpty() || theirs.isEmpty()) {
            return bytes(input);
        }
        Span mine = any(structure.spans());
        Span their = any(theirs);
        for (int i = 0; i < 8 && their.kind() != mine.kind(); i++) {
            their = any(theirs);
        }
        byte[] piece = Arrays.copyOfRange(other.input(), their.from(), their.to());
        int from = random.nextBoolean() ? mine.from() : mine.to();
        return replace(input, structure, from, mine.to(), piece);
    }

    private byte[] renumbered(byte[] input, Structure structure) {
        if (structure.numbers().isEmpty()) {
            return number(input);
        }
        Structure.Numeral number = any(structure.numbers());
        byte[] result = input.clone();
        number.put(result, value(number.get(input), number.width(), structure, input));
        return result;
    }

    /// Sets a number of random width and byte order at a random position.
    private byte[] number(byte[] input) {
        int width = 1 << random.nextInt(4);
        if (input.length < width) {
            return bytes(input);
        }
        ByteOrder order = random.nextInt(4) == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        Structure.Numeral number =
                new Structure.Numeral(random.nextInt(input.length - width + 1), width, order);
        byte[] result = input.clone();
        number.put(result, value(number.get(input), width, new Structure(), input));
        return result;
    }

    /// Returns a value that is likely to reach other code than `old`.
    private long value(long old, int width, Structure structure, byte[] input) {
        return switch (random.nextInt(10)) {
            case 0 -> old + random.nextInt(-3, 4);
            case 1 -> old ^ 1L << random.nextInt(8 * width);
            case 2 -> (1L << random.nextInt(8 * width)) - random.nextInt(3);
            case 3 -> -1L >>> random.nextInt(Long.SIZE);
            case 4 -> random.nextInt(4);
            case 5 -> input.length - random.nextInt(64);
            case 6 ->
                    structure.numbers().isEmpty()
                            ? random.nextLong()
                            : any(structure.numbers()).get(input);
            case 7 -> values.isEmpty() ? old : any(values);
            case 8 -> old * random.nextInt(2, 9);
            default -> random.nextLong();
        };
    }

    /// Replaces a number written in digits, or a text.
    private byte[] rewritten(byte[] input, Structure structure) {
        List<Span> written =
                structure.spans().stream()
                        .filter(s -> s.kind() == Kind.DIGITS || s.kind() == Kind.TEXT)
                        .toList();
        if (written.isEmpty()) {
            return number(input);
        }
        Span span = any(written);
        byte[] text =
                span.kind() == Kind.DIGITS
                        ? Long.toString(value(7, 8, new Structure(), input)).getBytes(UTF_8)
                        : words.isEmpty() ? new byte[0] : any(words);
        return replace(input, structure, span.from(), span.to(), text);
    }

    private byte[] inserted(byte[] input, Structure structure) {
        byte[] piece = new byte[1 + random.nextInt(1 + random.nextInt(MAX_INSERTED))];
        if (random.nextBoolean()) {
            random.nextBytes(piece);
        } else {
            Arrays.fill(piece, (byte) random.nextInt());
        }
        int at = place(input, structure);
        return replace(input, structure, at, at, piece);
    }

    private byte[] cut(byte[] input, Structure structure) {
        int from = place(input, structure);
        int to =
                random.nextInt(8) == 0
                        ? input.length
                        : Math.min(
                                input.length,
                                from + 1 + random.nextInt(1 + random.nextInt(MAX_INSERTED)));
        return replace(input, structure, from, to, new byte[0]);
    }

    private byte[] word(byte[] input, Structure structure) {
        if (words.isEmpty()) {
            return bytes(input);
        }
        byte[] word = any(words);
        int at = place(input, structure);
        int to = random.nextBoolean() ? at : Math.min(input.length, at + word.length);
        return replace(input, structure, at, to, word);
    }

    private int place(byte[] input, Structure structure) {
        return structure.spans().isEmpty() || random.nextBoolean()
                ? random.nextInt(input.length + 1)
                : any(structure.spans()).from();
    }

    /// Changes a few bytes close to each other.
    private byte[] bytes(byte[] input) {
        if (input.length == 0) {
            return new byte[] {(byte) random.nextInt()};
        }
        if (random.nextInt(4) == 0) {
            return number(input);
        }
        byte[] result = input.clone();
        int at = random.nextInt(input.length);
        for (int i = random.nextInt(3); i >= 0; i--) {
            switch (random.nextInt(4)) {
                case 0 -> result[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> result[at] = (byte) (random.nextBoolean() ? 0 : -1);
                case 2 -> result[at] += (byte) random.nextInt(-4, 5);
                default -> result[at] = (byte) random.nextInt();
            }
            at = Math.min(input.length - 1, at + random.nextInt(4));
        }
        return result;
    }

    /// Replaces a range of bytes; corrects the lengths that contain it in half of the cases.
    private byte[] replace(byte[] input, Structure structure, int from, int to, byte[] piece) {
        byte[] result = new byte[input.length - (to - from) + piece.length];
        System.arraycopy(input, 0, result, 0, from);
        System.arraycopy(piece, 0, result, from, piece.length);
        System.arraycopy(input, to, result, from + piece.length, input.length - to);
        int more = piece.length - (to - from);
        if (more != 0 && random.nextBoolean()) {
            for (Length length : structure.lengths()) {
                Structure.Numeral number = length.number();
                if (length.from() <= from
                        && to <= length.to()
                        && number.at() + number.width() <= from) {
                    number.put(result, number.get(input) + more);
                }
            }
        }
        return result;
    }

    private <E> E any(List<E> list) {
        return list.get(random.nextInt(list.size()));
    }
}
