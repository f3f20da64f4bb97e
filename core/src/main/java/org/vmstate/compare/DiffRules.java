// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.vmstate.state.ArrayNode;
import org.vmstate.state.BytesNode;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.StateNode;
import org.vmstate.state.StatePath;
import org.vmstate.state.StatePattern;
import org.vmstate.state.SubsectionNode;
import org.vmstate.state.TimerNode;

/// The differences that a comparison allows, and therefore counts but does not report.
///
/// [#DEFAULT] allows values that change while the guest does nothing: the expiry of timers and
/// clocks, which `docs/guide/diff.md` lists. It also allows differences of form: section ids, the
/// order of sections, commands, gaps for old versions, and other names of types for the same bytes.
/// [#ALL] allows nothing. The text form has one rule per line:
///
/// ```
/// # a comment, also after a rule
/// ignore PATTERN                  what matches, and all that is inside of it
/// subsection PATTERN              may exist on one side only
/// range PATTERN MIN..MAX          both numbers are in this range
/// within PATTERN N                the numbers differ by at most N
/// bytes PATTERN FROM..TO          bytes of a buffer, from FROM to before TO
/// renamed DEVICE OTHER            DEVICE of the first machine is OTHER of the second one (an id shift)
/// memory BLOCK [FROM..TO]         pages of this block from FROM to before TO; * matches any characters
/// ```
///
/// A pattern is a [StatePattern]; one that contains a blank is enclosed in single quotes. Numbers
/// are decimal, or hexadecimal after `0x`.
///
/// Immutable.
public final class DiffRules {
    /// The rules for clocks: values that change with time, whether the guest runs or not.
    static final List<String> CLOCKS =
            List.of(
                    "ignore timer.cpu_ticks_offset",
                    "ignore timer.cpu_clock_offset",
                    "ignore timer/icount.**",
                    "ignore **.tsc",
                    "ignore kvmclock.clock",
                    "ignore **.next_transition_time",
                    "ignore **.count_load_time",
                    "ignore mc146818rtc.next_periodic_time",
                    "ignore mc146818rtc.base_rtc",
                    "ignore mc146818rtc.last_update",
                    "ignore mc146818rtc.next_alarm_time",
                    "bytes mc146818rtc.cmos_data 0x00..0x0e", // time, date, status
                    "bytes mc146818rtc.cmos_data 0x32..0x33", // century
                    "ignore hpet.hpet_counter",
                    "ignore spapr.tb.guest_timebase",
                    "ignore spapr.tb.time_of_the_day_ns",
                    "ignore spapr/rtc.ns_offset",
                    "ignore **.guest_timebase",
                    "ignore todclock");

    /// Allows clocks, timers and differences of form.
    public static final DiffRules DEFAULT = new DiffRules(List.of(), false);

    /// Allows nothing.
    public static final DiffRules ALL = new DiffRules(List.of(), true);

    private final List<DiffRule> rules;
    private final List<DiffRule> effective;
    private final List<StatePattern> ignored;
    private final boolean all;

    private DiffRules(List<DiffRule> rules, boolean all) {
        this.rules = List.copyOf(rules);
        this.all = all;
        this.effective =
                all
                        ? this.rules
                        : Stream.concat(parsed(String.join("\n", CLOCKS)).stream(), rules.stream())
                                .toList();
        this.ignored =
                effective.stream()
                        .filter(DiffRule.Ignore.class::isInstance)
                        .map(rule -> ((DiffRule.Ignore) rule).pattern())
                        .toList();
    }

    /// The rules in addition to the default.
    public List<DiffRule> rules() {
        return rules;
    }

    /// Returns these rules and another one.
    public DiffRules and(DiffRule rule) {
        List<DiffRule> more = new ArrayList<>(rules);
        more.add(Objects.requireNonNull(rule));
        return new DiffRules(more, all);
    }

    /// Returns these rules and those of an allow-list.
    ///
    /// @param text the lines of the allow-list
    /// @throws IllegalArgumentException if a line is not a rule; the message has the number of the
    ///   line
    public DiffRules and(String text) {
        List<DiffRule> more = new ArrayList<>(rules);
        more.addAll(parsed(text));
        return new DiffRules(more, all);
    }

    private static List<DiffRule> parsed(String text) {
        List<DiffRule> rules = new ArrayList<>();
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            try {
                List<String> words = words(lines.get(i));
                if (!words.isEmpty()) {
                    rules.add(rule(words));
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("line " + (i + 1) + ": " + e.getMessage(), e);
            }
        }
        return rules;
    }

    /// The words of a line, without a comment.
    private static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        int at = 0;
        while (at < line.length()) {
            char c = line.charAt(at);
            if (Character.isWhitespace(c)) {
                at++;
            } else if (c == '#') {
                break;
            } else if (c == '\'') {
                int end = line.indexOf('\'', at + 1);
                if (end < 0) {
                    throw new IllegalArgumentException("the closing quote is missing");
                }
                words.add(line.substring(at + 1, end));
                at = end + 1;
            } else {
                int end = at;
                while (end < line.length() && !Character.isWhitespace(line.charAt(end))) {
                    end++;
                }
                words.add(line.substring(at, end));
                at = end;
            }
        }
        return words;
    }

    /// The longest word that is printed in a message, and the longest number.
    private static final int MAX_WORD = 60;

    private static DiffRule rule(List<String> words) {
        String name = words.getFirst();
        int arguments = words.size() - 1;
        String first = arguments > 0 ? words.get(1) : "";
        String second = arguments > 1 ? words.get(2) : "";
        int most =
                switch (name) {
                    case "ignore", "subsection" -> 1;
                    case "range", "within", "bytes", "renamed", "memory" -> 2;
                    default ->
                            throw new IllegalArgumentException(
                                    "a rule begins with ignore, subsection, range, within, bytes,"
                                            + " renamed or memory, not '"
                                            + shortened(name)
                                            + "'");
                };
        int least = name.equals("memory") ? 1 : most;
        if (arguments < least || arguments > most) {
            throw new IllegalArgumentException(
                    "the rule '%s' has %s, not %d"
                            .formatted(
                                    name,
                                    least == most
                                            ? most + (most == 1 ? " argument" : " arguments")
                                            : least + " or " + most + " arguments",
                                    arguments));
        }
        return switch (name) {
            case "ignore" -> new DiffRule.Ignore(StatePattern.of(first));
            case "subsection" -> new DiffRule.OptionalSubsection(StatePattern.of(first));
            case "range" -> {
                BigInteger[] range = range(second);
                yield new DiffRule.InRange(StatePattern.of(first), range[0], range[1]);
            }
            case "within" -> new DiffRule.Within(StatePattern.of(first), number(second));
            case "renamed" -> new DiffRule.Renamed(first, second);
            case "bytes" -> {
                long[] range = offsets(second);
                yield new DiffRule.Bytes(StatePattern.of(first), range[0], range[1]);
            }
            default -> {
                long[] range = second.isEmpty() ? new long[] {0, Long.MAX_VALUE} : offsets(second);
                yield new DiffRule.Memory(first, range[0], range[1]);
            }
        };
    }

    private static long[] offsets(String text) {
        BigInteger[] range = range(text);
        try {
            return new long[] {range[0].longValueExact(), range[1].longValueExact()};
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("no offsets: " + shortened(text), e);
        }
    }

    private static BigInteger[] range(String text) {
        int dots = text.indexOf("..");
        if (dots < 0) {
            throw new IllegalArgumentException("a range is MIN..MAX, not " + shortened(text));
        }
        return new BigInteger[] {number(text.substring(0, dots)), number(text.substring(dots + 2))};
    }

    private static BigInteger number(String text) {
        if (text.length() > MAX_WORD) {
            throw new IllegalArgumentException("not a number: " + shortened(text));
        }
        try {
            boolean negative = text.startsWith("-");
            String digits = negative ? text.substring(1) : text;
            BigInteger number =
                    digits.startsWith("0x") || digits.startsWith("0X")
                            ? new BigInteger(digits.substring(2), 16)
                            : new BigInteger(digits);
            return negative ? number.negate() : number;
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a number: " + shortened(text), e);
        }
    }

    /// The beginning of a word, for a message.
    private static String shortened(String word) {
        return word.length() <= MAX_WORD ? word : word.substring(0, MAX_WORD) + "…";
    }

    /// The label of the device of the second machine that corresponds to one of the first.
    String counterpart(String label) {
        for (DiffRule rule : rules) {
            if (rule instanceof DiffRule.Renamed(String before, String after)
                    && before.equals(label)) {
                return after;
            }
        }
        return label;
    }

    /// The ranges of a block whose pages may differ.
    List<DiffRule.Memory> memory(String block) {
        return rules.stream()
                .filter(DiffRule.Memory.class::isInstance)
                .map(DiffRule.Memory.class::cast)
                .filter(rule -> glob(rule.block(), block))
                .toList();
    }

    private static boolean glob(String pattern, String text) {
        int p = 0;
        int t = 0;
        int star = -1;
        int mark = 0;
        while (t < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                mark = t;
            } else if (p < pattern.length() && pattern.charAt(p) == text.charAt(t)) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++mark;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    /// Decides for the differences of one comparison.
    Filter filter() {
        return new Filter();
    }

    /// Remembers which parts of the two states are ignored.
    final class Filter {
        private final IdentityHashMap<StateNode, Boolean> known = new IdentityHashMap<>();
        private final Map<StatePath.Section, List<StatePattern>> inSections = new HashMap<>();

        private Filter() {}

        /// Whether the difference is allowed.
        boolean allows(Difference difference) {
            return switch (difference) {
                case Difference.DeviceOnly _, Difference.BytesChange _ ->
                        ignored(difference.path());
                case Difference.PropertyChange property ->
                        (property.form() && !all) || ignoredWithin(property.path());
                case Difference.PartOnly(Side _, StateNode node) ->
                        (!all && unused(node)) || ignored(node) || optional(node);
                case Difference.ValueChange(StateNode before, StateNode after) ->
                        allowed(before, after);
            };
        }

        /// Whether a node is a subsection that may exist on one side only.
        private boolean optional(StateNode node) {
            return node instanceof SubsectionNode
                    && rules.stream()
                            .anyMatch(
                                    rule ->
                                            rule instanceof DiffRule.OptionalSubsection(var pattern)
                                                    && pattern.matches(node.path()));
        }

        private boolean allowed(StateNode before, StateNode after) {
            if (!all
                    && ((before instanceof TimerNode && after instanceof TimerNode)
                            || (unused(before) && unused(after)))) {
                return true;
            }
            return ignored(before)
                    || ignored(after)
                    || allowedNumbers(before, after)
                    || allowedBytes(before, after);
        }

        /// Whether a node is a gap for data of an older version, or an array of them.
        private static boolean unused(StateNode node) {
            return (node instanceof BytesNode bytes && bytes.kind() == BytesNode.Kind.UNUSED)
                    || (node instanceof ArrayNode array
                            && array.size() > 0
                            && unused(array.elements().getFirst()));
        }

        private boolean allowedBytes(StateNode before, StateNode after) {
            if (!(before instanceof BytesNode)
                    || !(after instanceof BytesNode)
                    || before.length() != after.length()) {
                return false;
            }
            List<DiffRule.Bytes> ranges =
                    effective.stream()
                            .filter(DiffRule.Bytes.class::isInstance)
                            .map(DiffRule.Bytes.class::cast)
                            .filter(rule -> rule.pattern().matches(before.path()))
                            .toList();
            if (ranges.isEmpty()) {
                return false;
            }
            MemorySegment first = before.bytes();
            MemorySegment second = after.bytes();
            for (long at = 0; at < first.byteSize(); at++) {
                long index = at;
                if (first.get(ValueLayout.JAVA_BYTE, at) != second.get(ValueLayout.JAVA_BYTE, at)
                        && ranges.stream().noneMatch(r -> index >= r.from() && index < r.to())) {
                    return false;
                }
            }
            return true;
        }

        private boolean allowedNumbers(StateNode before, StateNode after) {
            Optional<BigInteger> first = number(before);
            Optional<BigInteger> second = number(after);
            if (first.isEmpty() || second.isEmpty()) {
                return false;
            }
            BigInteger a = first.get();
            BigInteger b = second.get();
            for (DiffRule rule : rules) {
                boolean fits =
                        switch (rule) {
                            case DiffRule.InRange(StatePattern p, BigInteger min, BigInteger max) ->
                                    a.min(b).compareTo(min) >= 0
                                            && a.max(b).compareTo(max) <= 0
                                            && p.matches(before.path());
                            case DiffRule.Within(StatePattern p, BigInteger distance) ->
                                    a.subtract(b).abs().compareTo(distance) <= 0
                                            && p.matches(before.path());
                            default -> false;
                        };
                if (fits) {
                    return true;
                }
            }
            return false;
        }

        private static Optional<BigInteger> number(StateNode node) {
            return switch (node) {
                case IntegerNode integer -> Optional.of(integer.exact());
                case TimerNode timer -> Optional.of(BigInteger.valueOf(timer.expiry()));
                default -> Optional.empty();
            };
        }

        /// Whether a node, or one that contains it, matches.
        private boolean ignored(StateNode node) {
            if (ignored.isEmpty()) {
                return false;
            }
            StateNode parent = node.parent().orElse(null);
            boolean above =
                    parent != null
                            && (parent.parent().isEmpty()
                                    ? known.computeIfAbsent(parent, p -> ignored(p.path()))
                                    : ignoredParent(parent));
            return above || ignored(node.path());
        }

        private boolean ignoredParent(StateNode parent) {
            Boolean before = known.get(parent);
            if (before == null) {
                before = ignored(parent);
                if (known.size() > 1 << 16) {
                    known.clear();
                }
                known.put(parent, before);
            }
            return before;
        }

        private boolean ignored(StatePath path) {
            for (StatePattern pattern :
                    inSections.computeIfAbsent(path.section(), this::patterns)) {
                if (pattern.matches(path)) {
                    return true;
                }
            }
            return false;
        }

        /// The patterns that may match in a section.
        private List<StatePattern> patterns(StatePath.Section section) {
            StatePath whole = new StatePath(List.of(section));
            return ignored.stream()
                    .filter(pattern -> pattern.leadsInto(section) || pattern.matches(whole))
                    .toList();
        }

        /// Whether a path, or one that it begins with, matches.
        private boolean ignoredWithin(StatePath path) {
            for (int steps = 1; steps <= path.steps().size(); steps++) {
                if (ignored(new StatePath(path.steps().subList(0, steps)))) {
                    return true;
                }
            }
            return false;
        }
    }
}
