// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;

/// A path with wildcards.
///
/// ```
/// *      any characters within one step: cpu* is every section whose id begins with cpu
/// [*]    any index
/// **     any characters over any number of steps; .** and /** begin a step and may match no step
/// "..."  a whole name, in which nothing is a wildcard
/// ```
///
/// Everything else is written as by [StatePath#plain()] or [StatePath#toString()]:
/// `cpu*.env.regs[*]` matches all registers of all CPUs, `**.irq_level` all fields of this name,
/// `e1000.**` the section `e1000` and everything in it.
///
/// Matching does not backtrack. Its time is proportional to the length of the pattern times the
/// number of nodes, whatever the names.
public final class StatePattern {
    private enum Kind {
        /// This character.
        CHARACTER,
        /// This character, as part of a name.
        QUOTED,
        /// The quote before or after a name.
        OPEN,
        CLOSE,
        /// Any characters of one step.
        WITHIN,
        /// Any characters.
        ACROSS,
        /// This separator, or nothing at the end of a step; then any characters.
        SEPARATOR_ACROSS
    }

    private record Token(Kind kind, char character) {}

    /// The role of a character in the text of a path.
    private enum Role {
        /// Begins a step.
        SEPARATOR,
        /// Precedes an instance id.
        INSTANCE,
        NAME
    }

    /// How much a text may differ from the path that it spells.
    private enum Spelling {
        /// Nothing is a wildcard and no step is left out.
        EXACT,
        /// Nothing is a wildcard.
        LENIENT,
        WILDCARDS
    }

    private final String text;
    private final Spelling spelling;
    private boolean hasWildcards;
    private final List<Token> tokens = new ArrayList<>();

    private StatePattern(String text, Spelling spelling) {
        this.text = text;
        this.spelling = spelling;
        int at = 0;
        boolean nameMayBegin = true;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '"' && nameMayBegin) {
                at = quoted(at + 1);
                nameMayBegin = false;
            } else if (c == '*' && spelling == Spelling.WILDCARDS) {
                int stars = at;
                while (at < text.length() && text.charAt(at) == '*') {
                    at++;
                }
                stars(at - stars);
                nameMayBegin = false;
            } else {
                tokens.add(new Token(Kind.CHARACTER, c));
                nameMayBegin = c == '.' || c == '/';
                at++;
            }
        }
    }

    /// Parses a pattern.
    ///
    /// @throws IllegalArgumentException if a quote is not closed
    public static StatePattern of(String text) {
        return new StatePattern(text, Spelling.WILDCARDS);
    }

    /// The pattern of one path, without wildcards.
    static StatePattern exact(String text) {
        return new StatePattern(text, Spelling.EXACT);
    }

    /// The pattern of one path, without wildcards, that also accepts a subsection's full name,
    /// `#0`, and `[0]` after a value that is not an array.
    static StatePattern lenient(String text) {
        return new StatePattern(text, Spelling.LENIENT);
    }

    private int quoted(int start) {
        tokens.add(new Token(Kind.OPEN, '"'));
        int at = start;
        while (at < text.length() && text.charAt(at) != '"') {
            if (text.charAt(at) == '\\' && at + 1 < text.length()) {
                at++;
            }
            tokens.add(new Token(Kind.QUOTED, text.charAt(at)));
            at++;
        }
        if (at == text.length()) {
            throw new IllegalArgumentException("'" + text + "': the closing quote is missing");
        }
        tokens.add(new Token(Kind.CLOSE, '"'));
        return at + 1;
    }

    private void stars(int count) {
        hasWildcards = true;
        Token before = tokens.isEmpty() ? null : tokens.getLast();
        if (count == 1) {
            tokens.add(new Token(Kind.WITHIN, '*'));
        } else if (before != null
                && before.kind() == Kind.CHARACTER
                && (before.character() == '.' || before.character() == '/')) {
            tokens.set(tokens.size() - 1, new Token(Kind.SEPARATOR_ACROSS, before.character()));
            tokens.add(new Token(Kind.ACROSS, '*'));
        } else {
            tokens.add(new Token(Kind.ACROSS, '*'));
        }
    }

    /// Whether this can match paths that differ in more than quotes.
    public boolean hasWildcards() {
        return hasWildcards;
    }

    /// Whether this matches a path, with or without quotes.
    public boolean matches(StatePath path) {
        BitSet states = start();
        for (StatePath.Step step : path.steps()) {
            states = step(states, step);
        }
        return states.get(tokens.size());
    }

    /// Whether this may match nodes in a section. Does not require the section to be decoded.
    public boolean leadsInto(StatePath.Section section) {
        return leadsOn(step(start(), section));
    }

    /// The nodes of a section, including itself, that match, in the order of the wire.
    public List<StateNode> find(StructNode section) {
        List<StateNode> found = new ArrayList<>();
        visit(section, start(), found::add);
        return found;
    }

    /// The nodes of a section that match and are not inside other ones that match.
    public List<StateNode> findOutermost(StructNode section) {
        List<StateNode> found = new ArrayList<>();
        visitOutermost(section, start(), found);
        return found;
    }

    Optional<StateNode> first(StructNode section) {
        List<StateNode> found = new ArrayList<>(1);
        visit(section, start(), node -> !found.add(node));
        return found.stream().findFirst();
    }

    /// The first node inside another one that matches; the text is relative to that node.
    Optional<StateNode> firstInside(StateNode from) {
        BitSet states = start();
        if (states.get(tokens.size())) {
            return Optional.of(from);
        }
        List<StateNode> found = new ArrayList<>(1);
        visitChildren(from, states, node -> !found.add(node));
        return found.stream().findFirst();
    }

    /// Visits the nodes that match until `visitor` rejects one. Returns whether it accepted all.
    private boolean visit(StateNode node, BitSet before, Predicate<StateNode> visitor) {
        BitSet states = node(before, node);
        if (states.get(tokens.size()) && !visitor.test(node)) {
            return false;
        }
        return visitChildren(node, states, visitor);
    }

    private boolean visitChildren(StateNode node, BitSet states, Predicate<StateNode> visitor) {
        if (!leadsOn(states)) {
            return true;
        }
        for (StateNode child : candidates(node, states)) {
            if (!visit(child, states, visitor)) {
                return false;
            }
        }
        return true;
    }

    private void visitOutermost(StateNode node, BitSet before, List<StateNode> found) {
        BitSet states = node(before, node);
        if (states.get(tokens.size())) {
            found.add(node);
        } else if (leadsOn(states)) {
            for (StateNode child : candidates(node, states)) {
                visitOutermost(child, states, found);
            }
        }
    }

    /// The children that may match: in an array only the named elements, if the pattern names them.
    private List<StateNode> candidates(StateNode node, BitSet states) {
        if (!(node instanceof ArrayNode array)) {
            return node.children();
        }
        TreeSet<Integer> named = new TreeSet<>();
        for (int i = states.nextSetBit(0); i >= 0 && i < tokens.size(); ) {
            Token token = tokens.get(i);
            if (token.kind() == Kind.ACROSS || token.kind() == Kind.SEPARATOR_ACROSS) {
                return array.elements();
            }
            if (token.kind() == Kind.CHARACTER && token.character() == '[') {
                int index = index(i + 1);
                if (index < 0) {
                    return array.elements();
                }
                if (index < array.size()) {
                    named.add(index);
                }
            }
            i = states.nextSetBit(i + 1);
        }
        return named.stream().map(array.elements()::get).toList();
    }

    /// The index in the tokens at a position, or -1 if they contain a wildcard.
    private int index(int from) {
        long index = 0;
        for (int i = from; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            if (token.kind() != Kind.CHARACTER) {
                return -1;
            }
            if (token.character() < '0' || token.character() > '9') {
                break;
            }
            index = Math.min(Integer.MAX_VALUE, 10 * index + token.character() - '0');
        }
        return (int) index;
    }

    private BitSet start() {
        BitSet states = new BitSet(tokens.size() + 1);
        states.set(0);
        return skip(states);
    }

    /// Whether further steps may match.
    private boolean leadsOn(BitSet states) {
        for (int i = states.nextSetBit(0); i >= 0 && i < tokens.size(); ) {
            Token token = tokens.get(i);
            if (token.kind() == Kind.ACROSS
                    || token.kind() == Kind.SEPARATOR_ACROSS
                    || (token.kind() == Kind.CHARACTER && "./[".indexOf(token.character()) >= 0)) {
                return true;
            }
            i = states.nextSetBit(i + 1);
        }
        return false;
    }

    /// The states after a node, for each way to write its step.
    private BitSet node(BitSet before, StateNode node) {
        BitSet states = step(before, node.step());
        if (spelling == Spelling.EXACT) {
            return states;
        }
        if (node instanceof SubsectionNode) {
            BitSet whole = end(name(separator(before, '/'), node.name()));
            states.or(whole);
        } else if (node.step() instanceof StatePath.Field
                && !(node instanceof ArrayNode
                        || node instanceof QueueNode
                        || node instanceof TreeNode)) {
            states.or(end(spelled(states, "[0]")));
        }
        return states;
    }

    private BitSet step(BitSet before, StatePath.Step step) {
        // Without a switch over types, which takes long to link when first executed.
        if (step instanceof StatePath.Field(String name)) {
            return end(name(separator(before, '.'), name));
        } else if (step instanceof StatePath.Subsection(String name)) {
            return end(name(separator(before, '/'), name));
        } else if (step instanceof StatePath.Index(int index)) {
            return end(index(before, index));
        } else if (step instanceof StatePath.Key(int index)) {
            return end(name(separator(index(before, index), '.'), "key"));
        } else if (step instanceof StatePath.Value(int index)) {
            return end(name(separator(index(before, index), '.'), "value"));
        }
        StatePath.Section section = (StatePath.Section) step;
        BitSet named = name(before, section.idString());
        BitSet numbered = character(named, '#', Role.INSTANCE);
        numbered = characters(numbered, Long.toString(section.instanceId()));
        if (section.instanceId() != 0) {
            return end(numbered);
        }
        if (spelling != Spelling.EXACT) {
            named.or(spelled(named, "#0"));
        }
        return end(named);
    }

    private BitSet index(BitSet states, int index) {
        return characters(separator(states, '['), index + "]");
    }

    private BitSet separator(BitSet states, char c) {
        return character(states, c, Role.SEPARATOR);
    }

    private BitSet name(BitSet before, String name) {
        return pass(characters(pass(before, Kind.OPEN), name), Kind.CLOSE);
    }

    private BitSet characters(BitSet before, String name) {
        BitSet states = before;
        for (int i = 0; i < name.length() && !states.isEmpty(); i++) {
            states = character(states, name.charAt(i), Role.NAME);
        }
        return states;
    }

    private BitSet character(BitSet before, char c, Role role) {
        BitSet states = new BitSet(tokens.size() + 1);
        for (int i = before.nextSetBit(0); i >= 0 && i < tokens.size(); ) {
            Token token = tokens.get(i);
            switch (token.kind()) {
                case CHARACTER, SEPARATOR_ACROSS -> {
                    if (c == token.character()) {
                        states.set(i + 1);
                    }
                }
                case QUOTED -> {
                    if (c == token.character() && role == Role.NAME) {
                        states.set(i + 1);
                    }
                }
                case WITHIN -> {
                    if (role != Role.SEPARATOR) {
                        states.set(i);
                    }
                }
                case ACROSS -> states.set(i);
                case OPEN, CLOSE -> {}
            }
            i = before.nextSetBit(i + 1);
        }
        return skip(states);
    }

    /// The states after a text without wildcards.
    private BitSet spelled(BitSet before, String spelled) {
        BitSet states = before;
        for (int n = 0; n < spelled.length(); n++) {
            BitSet next = new BitSet(tokens.size() + 1);
            for (int i = states.nextSetBit(0); i >= 0 && i < tokens.size(); ) {
                Token token = tokens.get(i);
                if (token.kind() == Kind.CHARACTER && token.character() == spelled.charAt(n)) {
                    next.set(i + 1);
                }
                i = states.nextSetBit(i + 1);
            }
            states = next;
        }
        return skip(states);
    }

    /// The states at the end of a step.
    private BitSet end(BitSet before) {
        return pass(before, Kind.SEPARATOR_ACROSS);
    }

    /// The states, and those after tokens of a kind.
    private BitSet pass(BitSet before, Kind kind) {
        BitSet states = (BitSet) before.clone();
        for (int i = before.nextSetBit(0); i >= 0 && i < tokens.size(); ) {
            if (tokens.get(i).kind() == kind) {
                states.set(i + 1);
            }
            i = before.nextSetBit(i + 1);
        }
        return skip(states);
    }

    /// Adds the states after wildcards, which may match nothing.
    private BitSet skip(BitSet states) {
        for (int i = states.nextSetBit(0); i >= 0 && i < tokens.size(); ) {
            Kind kind = tokens.get(i).kind();
            if (kind == Kind.WITHIN || kind == Kind.ACROSS) {
                states.set(i + 1);
            }
            i = states.nextSetBit(i + 1);
        }
        return states;
    }

    /// The text of the pattern.
    @Override
    public String toString() {
        return text;
    }
}
