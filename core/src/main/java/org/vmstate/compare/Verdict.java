// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

/// The result of a check.
public enum Verdict {
    /// Nothing that is known about the destination prevents it from loading the source.
    LOADS("loads"),
    /// The destination refuses the source, or aborts.
    REFUSED("refused"),
    /// A difference makes it likely that the destination refuses the source, but what is known
    /// about the destination does not decide it.
    UNDECIDED("undecided");

    private final String word;

    Verdict(String word) {
        this.word = word;
    }

    /// The word in lower case.
    @Override
    public String toString() {
        return word;
    }
}
