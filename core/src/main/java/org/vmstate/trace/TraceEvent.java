// SPDX-License-Identifier: Apache-2.0
package org.vmstate.trace;

import jdk.jfr.Category;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.StackTrace;

/// The common settings of the trace events: disabled unless a recording enables them, and without a
/// stack trace.
@Category({"VMState", "Trace"})
@Enabled(false)
@StackTrace(false)
abstract class TraceEvent extends Event {}
