// SPDX-License-Identifier: Apache-2.0

/// The states of QEMU's own devices and machines, declared in Java.
module org.vmstate.devices {
    requires static org.jspecify;
    requires transitive org.vmstate;

    exports org.vmstate.devices;
    exports org.vmstate.devices.arm;
    exports org.vmstate.devices.avr;
    exports org.vmstate.devices.machine;
    exports org.vmstate.devices.nrf51;
    exports org.vmstate.devices.spapr;
}
