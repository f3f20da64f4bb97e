// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The actions of a hook as text: `post = post + 1, fails with -7`, `fails with -5 when a > 9`,
/// `returns a`.
///
/// @param actions executed in order until one of them returns a result
record HookText(List<Action> actions) {
    private static final Pattern ASSIGNMENT = Pattern.compile("([A-Za-z_][\\w.]*) *= *([^=].*)");
    private static final Pattern FAILURE =
            Pattern.compile("fails with (-?\\d+)(?: (?:when|if) (.*))?");
    private static final Pattern RETURN = Pattern.compile("returns (.*?)(?: (?:when|if) (.*))?");
    private static final Pattern INITIALISATION =
            Pattern.compile("initialise (?:queue|list) (\\w+) to empty(?: \\([^()]*\\))?");

    /// The state that a hook changes.
    interface Target extends Expression.Names {
        /// Sets a member.
        void set(String member, CNumber value);

        /// Empties a queue or list, whatever the content of its head.
        void initialise(String queue);
    }

    /// An action of a hook.
    sealed interface Action {}

    /// Sets a member.
    record Assignment(String member, Expression value) implements Action {}

    /// Ends the hook with a result if a condition holds.
    record Return(Expression result, @Nullable Expression when) implements Action {}

    /// Empties a queue.
    record Initialisation(String queue) implements Action {}

    /// Parses the actions of a hook; throws [IllegalArgumentException] if a word is unknown.
    static HookText parse(String text) {
        List<Action> actions = new ArrayList<>();
        for (String part : text.split("[;,]", -1)) {
            actions.add(action(part.strip()));
        }
        return new HookText(List.copyOf(actions));
    }

    private static Action action(String text) {
        Matcher returning = FAILURE.matcher(text);
        if (!returning.matches()) {
            returning = RETURN.matcher(text);
        }
        if (returning.matches()) {
            String when = returning.group(2);
            return new Return(
                    Expression.parse(returning.group(1)),
                    when == null ? null : Expression.parse(when));
        }
        Matcher initialisation = INITIALISATION.matcher(text);
        if (initialisation.matches()) {
            return new Initialisation(initialisation.group(1));
        }
        Matcher assignment = ASSIGNMENT.matcher(text);
        if (assignment.matches()) {
            return new Assignment(assignment.group(1), Expression.parse(assignment.group(2)));
        }
        throw new IllegalArgumentException("no hook does this: " + text);
    }

    /// Executes the hook; returns its result.
    int run(Target target) {
        for (Action action : actions) {
            switch (action) {
                case Assignment(String member, Expression value) ->
                        target.set(member, value.value(target));
                case Initialisation(String queue) -> target.initialise(queue);
                case Return(Expression result, Expression when) -> {
                    if (when == null || when.holds(target)) {
                        return (int) result.value(target).value();
                    }
                }
            }
        }
        return 0;
    }
}
