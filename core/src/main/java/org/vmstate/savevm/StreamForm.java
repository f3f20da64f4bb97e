// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import org.vmstate.ram.RamFormat;
import org.vmstate.vmdesc.JsonStyle;

/// The properties of a machine's streams that differ between releases of QEMU and do not change the
/// state.
///
/// @param ramFormat the format of the memory
/// @param switchoverStart whether the command that announces the END sections is written
/// @param configurationText whether the description text contains the configuration
/// @param style the format of the description text
record StreamForm(
        RamFormat ramFormat, boolean switchoverStart, boolean configurationText, JsonStyle style) {
    static final StreamForm DEFAULT =
            new StreamForm(RamFormat.PLAIN, false, true, JsonStyle.COMPACT);

    StreamForm with(RamFormat format) {
        return new StreamForm(format, switchoverStart, configurationText, style);
    }

    StreamForm withSwitchoverStart() {
        return new StreamForm(ramFormat, true, configurationText, style);
    }

    StreamForm withoutConfigurationText() {
        return new StreamForm(ramFormat, switchoverStart, false, style);
    }

    StreamForm with(JsonStyle textStyle) {
        return new StreamForm(ramFormat, switchoverStart, configurationText, textStyle);
    }
}
