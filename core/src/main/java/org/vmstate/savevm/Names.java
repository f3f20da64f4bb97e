// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.util.Locale;

/// Compares names that people confuse.
final class Names {
    private Names() {}

    /// Whether one name contains the other, or a third of its letters at most differ.
    static boolean similar(String one, String other) {
        String a = one.toLowerCase(Locale.ROOT);
        String b = other.toLowerCase(Locale.ROOT);
        return a.contains(b)
                || b.contains(a)
                || 3 * distance(a, b) <= Math.max(a.length(), b.length());
    }

    /// The number of letters to insert, delete or replace (Levenshtein distance).
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        int[] current = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
            }
            int[] last = previous;
            previous = current;
            current = last;
        }
        return previous[b.length()];
    }
}
