// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.VMStateException;

/// What a hook does, in words: `post = post + 1, fails with -7`, `fails with -5 when a > 9`.
///
/// `returns a` is a hook that hands a number to its caller. Ours have no result: they succeed or
/// throw, so a negative one throws and no other does.
record HookText(String text) {
    private static final Pattern ASSIGNMENT = Pattern.compile("([\\w.]+) = (.*)");
    private static final Pattern FAILURE = Pattern.compile("fails with -\\d+(?: when (.*))?");

    void run(Kind.Numbers state, int version) throws VMStateException {
        Expression.Names names = name -> name.equals("version") ? version : state.number(name);
        for (String part : text.split("[;,] *", -1)) {
            Matcher assignment = ASSIGNMENT.matcher(part);
            Matcher failure = FAILURE.matcher(part);
            if (assignment.matches()) {
                state.number(assignment.group(1), Expression.value(assignment.group(2), names));
            } else if (failure.matches()) {
                String when = failure.group(1);
                if (when == null || Expression.value(when, names) != 0) {
                    throw new RefusedException(part, VMStateException.NO_OFFSET);
                }
            } else if (part.startsWith("returns ")) {
                if (Expression.value(part.substring(8), names) < 0) {
                    throw new RefusedException(part, VMStateException.NO_OFFSET);
                }
            } else if (!part.startsWith("initialise ")) {
                throw new IllegalArgumentException("cannot do: " + part);
            }
        }
    }
}
