// SPDX-License-Identifier: Apache-2.0

/// A coverage-guided fuzzer in a single process: `scripts/fuzz`.
///
/// A [Target][org.vmstate.fuzz.Target] runs code on one input and checks the conditions that must
/// hold. The [Fuzzer][org.vmstate.fuzz.Fuzzer] mutates inputs according to their structure, keeps
/// those that reach new basic blocks or reach them a different number of times, and writes findings
/// to files. An [InstrumentingLoader][org.vmstate.fuzz.InstrumentingLoader] loads the classes under
/// test and counts their basic blocks. It also loads the classes of `targets`; those of this
/// package are shared by both class loaders.
@NullMarked
package org.vmstate.fuzz;

import org.jspecify.annotations.NullMarked;
