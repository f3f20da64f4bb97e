// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The rules of a source that follow from its machine type.
final class SourceRules {
    private static final Pattern VERSION = Pattern.compile("-([0-9]{1,3})\\.([0-9]{1,2})$");
    private static final int ACK_SINCE = 801;
    private static final int ACK_ON_DEMAND_SINCE = 1101;

    private SourceRules() {}

    /// Whether a source that has `switchover-ack` waits for the acknowledgement, and one that does
    /// not have it ignores it.
    static boolean acknowledgesSwitchover(String machineType) {
        Matcher version = VERSION.matcher(machineType);
        if (!version.find()) {
            return false;
        }
        int number = Integer.parseInt(version.group(1)) * 100 + Integer.parseInt(version.group(2));
        return number >= ACK_SINCE && number < ACK_ON_DEMAND_SINCE;
    }
}
