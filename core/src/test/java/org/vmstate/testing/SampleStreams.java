// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

/// Small streams, composed byte by byte, which several tests corrupt.
public final class SampleStreams {
    private SampleStreams() {}

    /// A stream with parts that small real ones do not have: iterative devices, a package, commands
    /// with data.
    public static byte[] everyElement() {
        return StreamBytes.stream()
                .configuration("pc")
                .subsection("configuration/target-page-bits", 1)
                .u32(12)
                .subsection("configuration/capabilities", 1)
                .u32(1)
                .str8("x-ignore-shared")
                .command(2, new byte[4])
                .command(3, new StreamBytes().u64(4096).u64(4096).toByteArray())
                .start(2, "ram", 0, 4)
                .u64(0x2000 | 0x04)
                .str8("pc.ram")
                .u64(0x2000)
                .u64(0)
                .u64(0x10)
                .footer(2)
                .start(3, "spapr/htab", 0, 1)
                .u32(24)
                .footer(3)
                .start(4, "dirty-bitmap", 0, 1)
                .u8(1)
                .footer(4)
                .start(5, "s390-storage_attributes", 0, 0)
                .u64(2)
                .u64(3)
                .hex("aabbcc")
                .u64(1)
                .footer(5)
                .part(2)
                .u64(0x1000 | 0x02)
                .str8("pc.ram")
                .u8(0)
                .u64(0x10)
                .footer(2)
                .end(3)
                .u32(0)
                .u32(1)
                .u16(1)
                .u16(0)
                .bytes(new byte[16])
                .u64(0)
                .footer(3)
                .command(
                        6,
                        new StreamBytes().u8(0).str8("pc.ram").u8(0).u64(0).u64(4096).toByteArray())
                .packaged(
                        p ->
                                p.command(4)
                                        .full(7, "timer", 0, 2)
                                        .bytes(new byte[24])
                                        .footer(7)
                                        .full(8, "cpu", 1, 12)
                                        .hex("7e00000008")
                                        .footer(8)
                                        .command(5))
                .end(2)
                .u64(0x10)
                .footer(2)
                .full(9, "serial", 0, 3)
                .hex("0102")
                .footer(9)
                .endOfStream()
                .toByteArray();
    }

    /// A stream of two devices with a description; one of them has a subsection.
    public static byte[] described() {
        return StreamBytes.stream()
                .configuration("pc-i440fx-10.0")
                .full(3, "timer", 0, 2)
                .u64(5)
                .u64(0)
                .footer(3)
                .full(4, "serial", 1, 3)
                .u16(12)
                .u8(7)
                .subsection("serial/fifo", 1)
                .u32(2)
                .hex("0102")
                .footer(4)
                .endOfStream()
                .description(
                        """
                        {"configuration": {"vmsd_name": "configuration", "version": 1, "fields": []}, "page_size": 4096, \
                        "devices": [{"name": "timer", "instance_id": 0, "vmsd_name": "timer", "version": 2, "fields": [\
                        {"name": "ticks", "type": "int64", "size": 8}, {"name": "unused", "type": "unused_buffer", "size": 8}]}, \
                        {"name": "serial", "instance_id": 1, "vmsd_name": "serial", "version": 3, "fields": [\
                        {"name": "divider", "type": "uint16", "size": 2}, {"name": "rbr", "type": "uint8", "size": 1}], \
                        "subsections": [{"vmsd_name": "serial/fifo", "version": 1, "fields": [\
                        {"name": "num", "type": "int32", "size": 4}, {"name": "data", "array_len": 2, "type": "uint8", "size": 1}]}]}]}""")
                .toByteArray();
    }
}
