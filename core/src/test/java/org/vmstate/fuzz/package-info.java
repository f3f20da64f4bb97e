// SPDX-License-Identifier: Apache-2.0

/// A fuzzer guided by coverage, in one process: `scripts/fuzz`.
///
/// A [Target][org.vmstate.fuzz.Target] says what one input is put through and what must hold then.
/// The [Fuzzer][org.vmstate.fuzz.Fuzzer] changes inputs along their structure, keeps those that
/// reach code in a way that no other did, and writes those that break a promise to files. The
/// classes under test are loaded by an [InstrumentingLoader][org.vmstate.fuzz.InstrumentingLoader],
/// which counts the basic blocks that run; the classes of this package are loaded once, those of
/// `targets` with the classes under test.
@NullMarked
package org.vmstate.fuzz;

import org.jspecify.annotations.NullMarked;
