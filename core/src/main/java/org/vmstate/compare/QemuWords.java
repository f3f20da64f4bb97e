// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

/// The lines that QEMU prints when it refuses a stream for one reason, without `load of migration
/// failed`.
///
/// @param older the line of QEMU up to 10.0
/// @param newer the line of newer ones
public record QemuWords(String older, String newer) {
    static QemuWords same(String line) {
        return new QemuWords(line, line);
    }
}
