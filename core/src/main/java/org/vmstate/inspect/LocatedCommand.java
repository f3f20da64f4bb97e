// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import org.vmstate.stream.Command;
import org.vmstate.stream.Origin;

/// A command of a stream and the place that it was read from.
public record LocatedCommand(Command command, Origin origin) {}
