// SPDX-License-Identifier: Apache-2.0
package org.vmstate.trace;

import jdk.jfr.Category;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.StackTrace;

/// What all trace events have in common: off unless asked for, and without a stack.
@Category({"VMState", "Trace"})
@Enabled(false)
@StackTrace(false)
abstract class TraceEvent extends Event {}
