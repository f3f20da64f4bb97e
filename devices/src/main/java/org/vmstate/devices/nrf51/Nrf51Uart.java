// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.nrf51;

import static org.vmstate.VMStateFields.bool;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint8;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// The section `nrf51_soc.uart`: the serial interface of an nRF51.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1. QEMU: `nrf51_uart_vmstate`.
public final class Nrf51Uart {
    /// The size of the receive queue in bytes.
    public static final int FIFO_BYTES = 6;

    /// The registers, one for each word from the device's address on; u32 each.
    public final int[] reg = new int[0x56c];

    /// The receive queue, a ring.
    public final byte[] rxFifo = new byte[FIFO_BYTES];

    /// The index of the oldest byte in [#rxFifo].
    public int rxFifoPos;

    /// The number of bytes in [#rxFifo].
    public int rxFifoLen;

    /// Whether the receiver runs.
    public boolean rxStarted;

    /// Whether the transmitter runs.
    public boolean txStarted;

    /// Whether a byte waits for the host to take it.
    public boolean pendingTxByte;

    /// Whether the interface is switched on.
    public boolean enabled;

    /// Creates a device whose values are all zero.
    public Nrf51Uart() {}

    /// The description of the section, whose version is 0.
    public static final VMStateDescription<Nrf51Uart> VMSTATE =
            VMStateDescription.builder("nrf51_soc.uart", Nrf51Uart.class, MethodHandles.lookup())
                    .versionId(0)
                    .fields(
                            uint32("reg").array(0x56c),
                            uint8("rx_fifo").array(FIFO_BYTES),
                            uint32("rx_fifo_pos"),
                            uint32("rx_fifo_len"),
                            bool("rx_started"),
                            bool("tx_started"),
                            bool("pending_tx_byte"),
                            bool("enabled"))
                    .build();
}
