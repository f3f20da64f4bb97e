// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.check;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.vmstate.compare.CheckResult;
import org.vmstate.compare.Reason;
import org.vmstate.compare.Verdict;
import org.vmstate.tool.Terminal;

/// Prints the result of a check for people.
public final class CheckText {
    private static final List<Reason.Effect> ORDER =
            List.of(
                    Reason.Effect.REFUSES,
                    Reason.Effect.MAY_REFUSE,
                    Reason.Effect.CONDITION,
                    Reason.Effect.NOTE);

    private final Terminal terminal;
    private final boolean notes;

    /// @param notes whether to print the differences that do not matter
    public CheckText(Terminal terminal, boolean notes) {
        this.terminal = terminal;
        this.notes = notes;
    }

    /// Prints a result.
    ///
    /// @param subject what was checked
    public void print(String subject, CheckResult result) {
        PrintWriter out = terminal.text();
        out.println(terminal.strong(subject) + ": " + verdict(result.verdict()));
        for (Reason.Effect effect : ORDER) {
            List<Reason> reasons = result.reasons(effect);
            if (effect == Reason.Effect.NOTE && !notes) {
                if (!reasons.isEmpty()) {
                    out.println(
                            terminal.faint(
                                    "and "
                                            + reasons.size()
                                            + (reasons.size() == 1
                                                    ? " difference that does"
                                                    : " differences that do")
                                            + " not matter (--notes)"));
                }
                continue;
            }
            for (Reason reason : reasons) {
                print(out, reason);
            }
        }
        out.flush();
    }

    private String verdict(Verdict verdict) {
        String word = verdict.toString().toUpperCase(Locale.ROOT);
        return verdict == Verdict.LOADS ? terminal.strong(word) : terminal.warning(word);
    }

    void print(PrintWriter out, Reason reason) {
        String head =
                switch (reason.effect()) {
                    case REFUSES -> terminal.warning("refused: ");
                    case MAY_REFUSE -> terminal.warning("undecided: ");
                    case CONDITION -> terminal.strong("needs: ");
                    case NOTE -> terminal.faint("note: ");
                };
        out.print(head + terminal.strong(reason.kind().label()));
        if (!reason.subject().isEmpty()) {
            out.print(", " + terminal.strong(reason.subject()));
        }
        if (reason.offset().isPresent() && reason.offset().getAsLong() != Long.MAX_VALUE) {
            out.print(
                    terminal.faint(
                            " (offset 0x" + Long.toHexString(reason.offset().getAsLong()) + ")"));
        }
        out.println();
        out.println("    " + terminal.plain(reason.detail()));
        if (!reason.remedy().isEmpty()) {
            out.println("    " + terminal.plain(reason.remedy()));
        }
        if (reason.words().isPresent() && reason.effect() != Reason.Effect.NOTE) {
            String older = reason.words().get().older();
            String newer = reason.words().get().newer();
            out.println(terminal.faint("    QEMU: " + newer));
            if (!older.equals(newer)) {
                out.println(terminal.faint("    QEMU up to 10.0: " + older));
            }
        }
    }
}
