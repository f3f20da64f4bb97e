// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.List;
import java.util.Locale;

/// The names by which a field shows that it counts the elements of an array.
final class Counting {
    private static final List<String> PREFIXES =
            List.of("num_", "nr_", "nb_", "n_", "count_", "num");
    private static final List<String> SUFFIXES =
            List.of("_num", "_nr", "_count", "_len", "_length", "_size", "len", "cnt");

    /// The end of the name of a field that counts several arrays, such as
    /// `cpreg_vmstate_array_len`.
    private static final String OF_ARRAYS = "_array_len";

    private Counting() {}

    /// Whether a field's name says that it counts the elements of an array with another name: it is
    /// the array's name with a word such as `num_` or `_len`.
    static boolean counts(String number, String array) {
        String counter = number.toLowerCase(Locale.ROOT);
        String counted = array.toLowerCase(Locale.ROOT);
        for (String prefix : PREFIXES) {
            if (counter.equals(prefix + counted)) {
                return true;
            }
        }
        for (String suffix : SUFFIXES) {
            if (counter.equals(counted + suffix)) {
                return true;
            }
        }
        return counter.endsWith(OF_ARRAYS)
                && counted.startsWith(
                        counter.substring(0, counter.length() - OF_ARRAYS.length()) + "_");
    }
}
