// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// The bytes that elements begin with. QEMU: `QEMU_VM_*` in `migration/savevm.h`.
final class Tags {
    static final int MAGIC = 0x5145_564d;
    static final int VERSION = 3;
    static final int OLD_VERSION = 2;

    static final int END_OF_STREAM = 0x00;
    static final int SECTION_START = 0x01;
    static final int SECTION_PART = 0x02;
    static final int SECTION_END = 0x03;
    static final int SECTION_FULL = 0x04;
    static final int SUBSECTION = 0x05;
    static final int DESCRIPTION = 0x06;
    static final int CONFIGURATION = 0x07;
    static final int COMMAND = 0x08;
    static final int SECTION_FOOTER = 0x7e;

    private Tags() {}
}
