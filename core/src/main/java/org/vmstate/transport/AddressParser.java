// SPDX-License-Identifier: Apache-2.0
package org.vmstate.transport;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.vmstate.wire.Printable;

/// Parses addresses in QEMU's syntax.
final class AddressParser {
    private static final String TCP = "tcp:";
    private static final String UNIX = "unix:";
    private static final String FILE = "file:";
    private static final String EXEC = "exec:";
    private static final String OFFSET = ",offset=";
    private static final String UNITS = "kmgt";
    private static final String LOOPBACK = "127.0.0.1";
    private static final int MAX_PORT_DIGITS = 5;

    private AddressParser() {}

    static MigrationAddress parse(String text) {
        if (text.startsWith(TCP)) {
            return tcp(text);
        }
        if (text.startsWith(UNIX)) {
            return new MigrationAddress.Unix(path(text, text.substring(UNIX.length())));
        }
        if (text.startsWith(FILE)) {
            return file(text);
        }
        if (text.startsWith(EXEC)) {
            String command = text.substring(EXEC.length());
            if (command.isBlank()) {
                throw refused(text, "the command is empty");
            }
            return new MigrationAddress.Exec(command);
        }
        throw refused(
                text,
                "an address is tcp:HOST:PORT, unix:PATH, file:PATH[,offset=N] or exec:COMMAND");
    }

    private static MigrationAddress tcp(String text) {
        String rest = text.substring(TCP.length());
        int colon;
        String host;
        if (rest.startsWith("[")) {
            int close = rest.indexOf(']');
            if (close < 0) {
                throw refused(text, "the bracket of the IPv6 address is not closed");
            }
            host = rest.substring(1, close);
            if (!host.contains(":")) {
                throw refused(text, "brackets are for IPv6 addresses");
            }
            colon = close + 1;
        } else {
            colon = rest.indexOf(':');
            host = rest.substring(0, Math.max(0, colon));
        }
        if (colon < 0 || colon >= rest.length() || rest.charAt(colon) != ':') {
            throw refused(text, "the port is missing: tcp:HOST:PORT");
        }
        String port = rest.substring(colon + 1);
        if (port.contains(":")) {
            throw refused(text, "an IPv6 address is written in brackets: tcp:[::1]:PORT");
        }
        if (port.contains(",")) {
            throw refused(text, "options after the port are not supported");
        }
        if (port.isEmpty()
                || port.length() > MAX_PORT_DIGITS
                || !port.chars().allMatch(c -> c >= '0' && c <= '9')
                || Integer.parseInt(port) > 0xffff) {
            throw refused(text, "the port is a number from 0 to 65535");
        }
        if (host.chars().anyMatch(c -> c <= ' ' || c >= 0x7f || c == '/' || c == ',')) {
            throw refused(text, "this is not the name or address of a host");
        }
        return new MigrationAddress.Tcp(host.isEmpty() ? LOOPBACK : host, Integer.parseInt(port));
    }

    private static MigrationAddress file(String text) {
        String rest = text.substring(FILE.length());
        int option = rest.indexOf(OFFSET);
        if (option < 0) {
            return new MigrationAddress.File(path(text, rest), 0);
        }
        return new MigrationAddress.File(
                path(text, rest.substring(0, option)),
                size(text, rest.substring(option + OFFSET.length())));
    }

    /// A number of bytes: decimal, or hexadecimal with 0x, or with K, M, G or T for powers of 1024.
    private static long size(String text, String number) {
        try {
            if (number.startsWith("0x") || number.startsWith("0X")) {
                return Long.parseLong(number, 2, number.length(), 16);
            }
            int last = number.length() - 1;
            int unit =
                    number.isEmpty()
                            ? -1
                            : UNITS.indexOf(Character.toLowerCase(number.charAt(last)));
            long count = Long.parseLong(unit < 0 ? number : number.substring(0, last));
            if (count >= 0) {
                return Math.multiplyExact(count, 1L << (10 * (unit + 1)));
            }
        } catch (NumberFormatException | ArithmeticException e) {
            // reported below
        }
        throw refused(text, "the offset is a number of bytes, such as 1M");
    }

    private static Path path(String text, String path) {
        if (path.isEmpty()) {
            throw refused(text, "the path is empty");
        }
        try {
            return Path.of(path);
        } catch (InvalidPathException e) {
            throw refused(text, String.valueOf(e.getReason()));
        }
    }

    private static IllegalArgumentException refused(String text, String why) {
        return new IllegalArgumentException(Printable.text(text) + ": " + why);
    }
}
