// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The path of a value in a machine's state: a section, then steps inside it.
///
/// Two paths are equal if their steps are equal. The text of a path:
///
/// ```
/// path    := section step*
/// section := name  [ # instance ]                  the instance id where it is not 0
/// step    := . name                                a field
///          | / name                                a subsection
///          | [ index ]                             an element of an array, queue or list
///          | [ index ].key  |  [ index ].value     a part of an entry of a tree
/// name    := characters  |  " characters "         inside quotes \" is a quote and \\ a backslash
/// ```
///
/// A subsection's name in a path lacks the name of its structure if it begins with that:
/// `/tso_state` is the subsection `e1000/tso_state` of `e1000`.
///
/// Names in streams contain `.`, `/`, `[` and blanks. [#parse], which has no state to search, needs
/// quotes around such a name. [#toString()] writes all necessary quotes, also around a field called
/// `key` or `value` after an index. [#find], which searches a state, does not require quotes.
/// [#plain()] is the text without quotes. [StatePattern] adds wildcards to this grammar.
///
/// @param steps a section, then any number of other steps
public record StatePath(List<Step> steps) {
    /// One step of a path.
    public sealed interface Step permits Section, Field, Subsection, Index, Key, Value {}

    /// The section at the start of a path.
    ///
    /// @param idString the section's id string
    /// @param instanceId its instance id, an unsigned 32-bit number
    public record Section(String idString, long instanceId) implements Step {
        /// Creates a step.
        ///
        /// @throws IllegalArgumentException if the instance id is not an unsigned 32-bit number
        public Section {
            if (instanceId < 0 || instanceId > 0xffff_ffffL) {
                throw new IllegalArgumentException("instance id " + instanceId);
            }
        }
    }

    /// A field, or a part of a value whose structure is not in the description.
    ///
    /// @param name its name
    public record Field(String name) implements Step {}

    /// A subsection.
    ///
    /// @param name its name, without the name of its structure
    public record Subsection(String name) implements Step {}

    /// An element of an array, queue or list.
    ///
    /// @param index the index, from 0 on
    public record Index(int index) implements Step {
        /// Creates a step.
        ///
        /// @throws IllegalArgumentException if the index is negative
        public Index {
            checkIndex(index);
        }
    }

    /// The key of an entry of a tree.
    ///
    /// @param index the index of the entry, from 0 on
    public record Key(int index) implements Step {
        /// Creates a step.
        ///
        /// @throws IllegalArgumentException if the index is negative
        public Key {
            checkIndex(index);
        }
    }

    /// The value of an entry of a tree.
    ///
    /// @param index the index of the entry, from 0 on
    public record Value(int index) implements Step {
        /// Creates a step.
        ///
        /// @throws IllegalArgumentException if the index is negative
        public Value {
            checkIndex(index);
        }
    }

    private static void checkIndex(int index) {
        if (index < 0) {
            throw new IllegalArgumentException("index " + index);
        }
    }

    /// Creates a path.
    ///
    /// @throws IllegalArgumentException unless the first step, and no other, is a section
    public StatePath {
        steps = List.copyOf(steps);
        for (int i = 0; i < Math.max(1, steps.size()); i++) {
            if (steps.isEmpty() || steps.get(i) instanceof Section != (i == 0)) {
                throw new IllegalArgumentException("a path is a section, then other steps");
            }
        }
    }

    /// Parses the text of a path.
    ///
    /// @throws IllegalArgumentException if it is not a path, or a name lacks necessary quotes
    public static StatePath parse(String text) {
        return new StatePath(new PathReader(text).steps());
    }

    /// Finds the node with a path in one of these sections: the first one, in the order of the
    /// wire, whose path has this text, with or without quotes.
    ///
    /// If there is none, also accepts a subsection's full name, `#0`, and `[0]` after a value that
    /// is not an array, because the description of an array of one element does not show that it is
    /// an array.
    public static Optional<StateNode> find(Collection<StructNode> sections, String path) {
        return first(sections, StatePattern.exact(path))
                .or(() -> first(sections, StatePattern.lenient(path)));
    }

    private static Optional<StateNode> first(
            Collection<StructNode> sections, StatePattern pattern) {
        for (StructNode section : sections) {
            Optional<StateNode> found = pattern.first(section);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /// Finds the node at the end of some steps.
    ///
    /// @param steps such as `.regs[3]`; empty for the node itself
    public static Optional<StateNode> find(StateNode from, String steps) {
        return StatePattern.exact(steps)
                .firstInside(from)
                .or(() -> StatePattern.lenient(steps).firstInside(from));
    }

    /// Finds the node with this path in one of these sections; the first one if there are several.
    public Optional<StateNode> in(Collection<StructNode> sections) {
        return sections.stream().flatMap(this::allIn).findFirst();
    }

    /// The nodes with this path in a section, in the order of the wire.
    Stream<StateNode> allIn(StructNode section) {
        return section.step().equals(steps.getFirst()) ? below(section, 1) : Stream.empty();
    }

    /// The nodes that are reached from a node by the steps from an index on.
    private Stream<StateNode> below(StateNode node, int from) {
        if (from == steps.size()) {
            return Stream.of(node);
        }
        Step step = steps.get(from);
        if (node instanceof ArrayNode array) {
            return step instanceof Index(int index) && index < array.size()
                    ? below(array.elements().get(index), from + 1)
                    : Stream.empty();
        }
        return node.children().stream()
                .filter(child -> child.step().equals(step))
                .flatMap(child -> below(child, from + 1));
    }

    /// The path with a further step.
    public StatePath then(Step step) {
        List<Step> more = new ArrayList<>(steps);
        more.add(step);
        return new StatePath(more);
    }

    /// The section at the start of the path.
    public Section section() {
        return (Section) steps.getFirst();
    }

    /// The text without quotes, for people. Several paths may have the same text, and [#parse] may
    /// not accept it; [StateNode#pathText()] has quotes where they are necessary.
    public String plain() {
        StringBuilder text = new StringBuilder();
        for (Step step : steps) {
            text.append(plain(step));
        }
        return text.toString();
    }

    static String plain(Step step) {
        // Without a switch over types, which takes long to link when first executed.
        if (step instanceof Field(String name)) {
            return ".".concat(name);
        } else if (step instanceof Subsection(String name)) {
            return "/".concat(name);
        } else if (step instanceof Index(int index)) {
            return "[".concat(Integer.toString(index)).concat("]");
        } else if (step instanceof Section(String idString, long instanceId)) {
            return instanceId == 0
                    ? idString
                    : idString.concat("#").concat(Long.toString(instanceId));
        } else if (step instanceof Key(int index)) {
            return "[" + index + "].key";
        }
        return "[" + ((Value) step).index() + "].value";
    }

    /// The text with all necessary quotes, from which [#parse] and [#find] get this path.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        boolean afterIndex = false;
        for (Step step : steps) {
            switch (step) {
                case Section(String idString, long instanceId) -> {
                    text.append(PathReader.quoted(idString));
                    if (instanceId != 0) {
                        text.append('#').append(instanceId);
                    }
                }
                case Field(String name) -> {
                    boolean partOfEntry = name.equals("key") || name.equals("value");
                    text.append('.')
                            .append(
                                    afterIndex && partOfEntry
                                            ? '"' + name + '"'
                                            : PathReader.quoted(name));
                }
                case Subsection(String name) -> text.append('/').append(PathReader.quoted(name));
                case Index _, Key _, Value _ -> text.append(plain(step));
            }
            afterIndex = step instanceof Index;
        }
        return text.toString();
    }
}
