// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Chooses file names for the blocks of a stream, whose own names may contain any byte.
///
/// A file name consists of letters, digits, `.`, `_`, `-` and `@`, does not begin with `.`, `_` or
/// `-`, and differs from all others by more than case. `/rom@etc/acpi/tables` becomes
/// `rom@etc_acpi_tables.raw`. Not safe for use by several threads.
public final class BlockFileNames {
    private static final int MAX_LENGTH = 120;

    private final Map<String, String> names = new LinkedHashMap<>();
    private final Set<String> taken = new HashSet<>();

    /// Creates names for the files of one folder.
    public BlockFileNames() {}

    /// Returns the file name of a block, always the same one for the same block.
    public String of(String block) {
        String known = names.get(block);
        if (known != null) {
            return known;
        }
        String base = block.replaceAll("[^A-Za-z0-9._@-]", "_").replaceAll("^[._-]+", "");
        base = base.isEmpty() ? "block" : base.substring(0, Math.min(MAX_LENGTH, base.length()));
        String name = base + ".raw";
        for (int i = 2; !taken.add(name.toLowerCase(Locale.ROOT)); i++) {
            name = base + "~" + i + ".raw";
        }
        names.put(block, name);
        return name;
    }

    /// The names chosen so far, by block.
    public Map<String, String> names() {
        return Collections.unmodifiableMap(names);
    }
}
