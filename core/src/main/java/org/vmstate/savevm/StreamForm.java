// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import org.vmstate.ram.RamFormat;
import org.vmstate.vmdesc.JsonStyle;

/// The properties of a machine's streams that differ between releases and options of QEMU and do
/// not change the state.
///
/// @param ramFormat the format of the memory
/// @param switchoverStart whether the command that announces the END sections is written
/// @param text what the description text contains
/// @param style the format of the description text
record StreamForm(RamFormat ramFormat, boolean switchoverStart, Text text, JsonStyle style) {
    static final StreamForm DEFAULT =
            new StreamForm(
                    RamFormat.PLAIN, false, Text.CONFIGURATION_AND_DEVICES, JsonStyle.COMPACT);

    /// Contents of the description text.
    enum Text {
        /// There is no text.
        NONE,
        DEVICES,
        CONFIGURATION_AND_DEVICES
    }

    StreamForm with(RamFormat format) {
        return new StreamForm(format, switchoverStart, text, style);
    }

    StreamForm withSwitchoverStart() {
        return new StreamForm(ramFormat, true, text, style);
    }

    StreamForm with(Text contents) {
        return new StreamForm(ramFormat, switchoverStart, contents, style);
    }

    StreamForm with(JsonStyle textStyle) {
        return new StreamForm(ramFormat, switchoverStart, text, textStyle);
    }
}
