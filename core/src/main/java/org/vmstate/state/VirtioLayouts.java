// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.List;
import org.vmstate.vmdesc.StructDescription;

/// The formats inside a `virtio` value, of which the description contains only the size.
///
/// QEMU: `virtio_save`, `vmstate_virtio*`, `vmstate_virtio_ccw_dev` and the descriptions in it.
final class VirtioLayouts {
    /// The maximum number of queues of a device, and the length of all arrays over queues.
    static final int MAX_QUEUES = 1024;

    static final StructDescription MMIO_TRANSPORT =
            Notation.of("", "host_features_sel:u32 guest_features_sel:u32 guest_page_shift:u32");

    static final StructDescription CCW_SUBCHANNEL =
            Notation.of(
                    "s390_subch_dev",
                    """
                    cssid:u8 ssid:u8 schid:u16 devno:u16 thinint_active:bool
                    curr_status{
                      pmcw{ intparm:u32 flags:u16 devno:u16 lpm:u8 pnom:u8 lpum:u8 pim:u8 mbi:u16 pom:u8 pam:u8
                        chpid*8:u8 chars:u32 }
                      scsw{ flags:u16 ctrl:u16 cpa:u32 dstat:u8 cstat:u8 count:u16 }
                      mba:u64 mda*4:u8 }
                    sense_data*32:u8 channel_prog:u64
                    last_cmd{ cmd_code:u8 flags:u8 count:u16 cda:u32 } last_cmd_valid:bool
                    id{ reserved:u8 cu_type:u16 cu_model:u8 dev_type:u16 dev_model:u8 unused:u8
                      ciw*62{ type:u8 command:u8 count:u16 } }
                    ccw_fmt_1:bool ccw_no_data_cnt:u8""");
    static final StructDescription CCW_ORB =
            Notation.of(
                    "s390_subch_dev/orb", "orb{ intparm:u32 ctrl0:u16 lpm:u8 ctrl1:u8 cpa:u32 }");
    static final StructDescription CCW_INDICATORS =
            Notation.of(
                    "",
                    """
                    indicators{ len:i32 addr:u64 } indicators2{ len:i32 addr:u64 }
                    summary_indicator{ len:i32 addr:u64 } config_vector:u16
                    routes.adapter.ind_offset:u64""");
    static final StructDescription CCW_SUMMARY_OFFSET =
            Notation.of("s390_adapter_info/summary_offset", "summary_offset:u32");
    static final StructDescription CCW_REVISION = Notation.of("", "thinint_isc:u8 revision:i32");

    static final StructDescription DEVICE =
            Notation.of("", "status:u8 isr:u8 queue_sel:u16 guest_features_lo:u32 config_len:u32");

    static final StructDescription BALLOON = Notation.of("", "num_pages:u32 actual:u32");
    static final StructDescription NET =
            Notation.of(
                    "",
                    """
                    mac*6:u8 tx_waiting:u32 mergeable_rx_bufs:u32 status:u16 promisc:u8 allmulti:u8
                    mac_table.in_use:u32""");
    static final StructDescription NET_REST =
            Notation.of(
                    "",
                    """
                    vlans:buffer.512 has_vnet_hdr:u32 mac_table.multi_overflow:u8
                    mac_table.uni_overflow:u8 alluni:u8 nomulti:u8 nouni:u8 nobcast:u8 has_ufo:u8""");
    static final StructDescription CONSOLE = Notation.of("", "cols:u16 rows:u16 max_nr_ports:u32");
    static final StructDescription CONSOLE_PORT =
            Notation.of("", "id:u32 guest_connected:u8 host_connected:u8 elem_popped:u32");

    /// The subsections of `virtio`; `virtio/extra_state` has one variant per transport.
    static final List<StructDescription> SUBSECTIONS =
            List.of(
                    Notation.of("virtio/device_endian", "device_endian:u8"),
                    Notation.of("virtio/64bit_features", "guest_features:u64"),
                    Notation.of("virtio/virtqueues", "vq*1024{ vring.avail:u64 vring.used:u64 }"),
                    Notation.of("virtio/ringsize", "vq*1024{ vring.num_default:u32 }"),
                    Notation.of("virtio/broken", "broken:bool"),
                    Notation.of("virtio/started", "started:bool"),
                    Notation.of(
                            "virtio/packed_virtqueues",
                            """
                            vq*1024{ last_avail_idx:u16 last_avail_wrap_counter:bool used_idx:u16
                            used_wrap_counter:bool inuse:u32 }"""),
                    Notation.of("virtio/disabled", "disabled:bool"),
                    extraState(
                            "virtio_pci/modern_state",
                            """
                            dfselect:u32 gfselect:u32 guest_features*2:u32
                            vqs*1024{ num:u16 unused:unused_buffer.1 enabled:bool desc*2:u32 avail*2:u32
                            used*2:u32 }"""),
                    extraState(
                            "virtio_mmio/state",
                            """
                            guest_features*2:u32
                            vqs*1024{ num:u16 enabled:bool desc*2:u32 avail*2:u32 used*2:u32 }"""));

    private VirtioLayouts() {}

    private static StructDescription extraState(String name, String fields) {
        return new StructDescription(
                "virtio/extra_state", 1, List.of(), List.of(Notation.of(name, fields)));
    }
}
