// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

/// Names from a stream, made fit for messages.
final class Names {
    private Names() {}

    /// The name in quotes, control characters and quotes replaced by `?`.
    static String printable(String name) {
        StringBuilder text = new StringBuilder(name.length() + 2).append('"');
        name.codePoints()
                .map(
                        c ->
                                Character.isISOControl(c)
                                                || c == '"'
                                                || Character.getType(c) == Character.FORMAT
                                        ? '?'
                                        : c)
                .forEach(text::appendCodePoint);
        return text.append('"').toString();
    }
}
