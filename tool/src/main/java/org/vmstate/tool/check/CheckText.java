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

    private static final String INDENT = "    ";

    private final Terminal terminal;
    private final boolean notes;

    /// What a source was checked against.
    public enum Against {
        /// Nothing: it was examined alone.
        NOTHING,
        /// One dump against another one.
        DUMP,
        /// Anything but a stream that the destination wrote itself.
        DESCRIPTIONS,
        /// A stream that the destination wrote itself.
        REFERENCE
    }

    /// @param notes whether to print the differences that do not matter
    public CheckText(Terminal terminal, boolean notes) {
        this.terminal = terminal;
        this.notes = notes;
    }

    /// Prints a result.
    ///
    /// @param subject what was checked
    public void print(String subject, Against against, CheckResult result) {
        PrintWriter out = terminal.text();
        Verdict verdict = result.verdict();
        out.println(terminal.strong(subject) + ": " + word(verdict, against));
        if (verdict == Verdict.LOADS && against == Against.NOTHING) {
            out.println(
                    terminal.faint(
                            INDENT + "whether a QEMU loads it: vmstate check STREAM DESTINATION…"));
        } else if (verdict != Verdict.REFUSED && against == Against.DESCRIPTIONS) {
            out.println(
                    terminal.faint(
                            INDENT
                                    + "a stream that it wrote itself decides whether the"
                                    + " destination has these devices and memory blocks"));
        }
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
            print(out, reasons);
        }
        out.flush();
    }

    private String word(Verdict verdict, Against against) {
        if (verdict == Verdict.LOADS) {
            return terminal.strong(against == Against.NOTHING ? "SOUND" : "LOADS");
        }
        return terminal.warning(verdict.toString().toUpperCase(Locale.ROOT));
    }

    /// Prints reasons; what to do about several ones in succession, and the words of QEMU, only
    /// once.
    void print(PrintWriter out, List<Reason> reasons) {
        for (int i = 0; i < reasons.size(); i++) {
            Reason reason = reasons.get(i);
            difference(out, reason);
            boolean again =
                    i + 1 < reasons.size()
                            && reasons.get(i + 1).kind() == reason.kind()
                            && reasons.get(i + 1).remedy().equals(reason.remedy())
                            && reasons.get(i + 1).words().equals(reason.words());
            if (!again) {
                consequence(out, reason);
            }
        }
    }

    private void difference(PrintWriter out, Reason reason) {
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
        out.println(INDENT + terminal.plain(reason.detail()));
    }

    private void consequence(PrintWriter out, Reason reason) {
        if (!reason.remedy().isEmpty()) {
            out.println(INDENT + terminal.plain(reason.remedy()));
        }
        if (reason.words().isPresent() && reason.effect() != Reason.Effect.NOTE) {
            String older = reason.words().get().older();
            String newer = reason.words().get().newer();
            out.println(terminal.faint(INDENT + "QEMU: " + newer));
            if (!older.equals(newer)) {
                out.println(terminal.faint(INDENT + "QEMU up to 10.0: " + older));
            }
        }
    }
}
