// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vmstate.inspect.Device;
import org.vmstate.state.CompositeNode;

/// Compares the configuration space of a PCI device with that of a destination: the bytes that a
/// guest cannot change and that every device compares.
///
/// QEMU compares the bits that are in a device's `cmask` and neither in its `wmask` nor in its
/// `w1cmask`. Of these masks only the parts that are the same in all devices are known here: the
/// identification in the header, and the chain of capabilities.
final class PciConfiguration {
    private static final int[] IDENTIFICATION = {0, 1, 2, 3, 8, 9, 10, 11, 14};
    private static final int STATUS = 6;
    private static final int CAPABILITY_LIST = 0x10;
    private static final int CAPABILITIES = 0x34;
    private static final int MAX_CAPABILITIES = 48;

    private PciConfiguration() {}

    static void compare(
            Device.Whole device,
            String path,
            CompositeNode mine,
            CompositeNode theirs,
            MigrationCheck.Reasons reasons) {
        MemorySegment sent = mine.bytes();
        MemorySegment local = theirs.bytes();
        if (sent.byteSize() != local.byteSize()) {
            return;
        }
        int index = firstDifference(sent, local);
        if (index < 0) {
            return;
        }
        reasons.add(
                Reason.refuses(
                                Reason.Kind.PCI_CONFIGURATION,
                                path,
                                "byte 0x%x of the configuration space is 0x%02x, in the destination"
                                                .formatted(index, u8(sent, index))
                                        + " 0x%02x".formatted(u8(local, index)))
                        .words(
                                ("get_pci_config_device: Bad config data: i=0x%x read: %x device:"
                                                + " %x cmask: ff wmask: 0 w1cmask:0")
                                        .formatted(index, u8(sent, index), u8(local, index)))
                        .remedy(
                                "Give the destination the same device with the same options, such as"
                                        + " disable-legacy=, vectors= or a machine type that sets"
                                        + " them.")
                        .at(mine.offset() + index));
    }

    private static int firstDifference(MemorySegment sent, MemorySegment local) {
        for (int index : IDENTIFICATION) {
            if (u8(sent, index) != u8(local, index)) {
                return index;
            }
        }
        int has = u8(sent, STATUS) & CAPABILITY_LIST;
        if (has != (u8(local, STATUS) & CAPABILITY_LIST)) {
            return STATUS;
        }
        if (has == 0) {
            return -1;
        }
        int at = CAPABILITIES;
        for (int i = 0; i < MAX_CAPABILITIES; i++) {
            if (u8(sent, at) != u8(local, at)) {
                return at;
            }
            int next = u8(sent, at) & 0xfc;
            if (next == 0) {
                return -1;
            }
            if (u8(sent, next) != u8(local, next)) {
                return next;
            }
            at = next + 1;
        }
        return -1;
    }

    private static int u8(MemorySegment bytes, int index) {
        return bytes.get(ValueLayout.JAVA_BYTE, index) & 0xff;
    }
}
