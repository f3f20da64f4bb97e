// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import java.io.IOException;
import java.util.List;

/// A function that the fuzzer calls with arbitrary bytes, and the conditions that must then hold.
public interface Target {
    /// The name on the command line and of the folders of its inputs.
    String name();

    /// The module whose tests contain the target.
    default String module() {
        return "core";
    }

    /// Returns the inputs that a run begins with.
    List<byte[]> seeds() throws IOException;

    /// Returns the structure of an input; of an invalid one, the structure of its valid parts.
    Structure structure(byte[] input);

    /// Runs the code under test on an input. Returns normally if the code rejects the input with a
    /// declared exception; every exception that is thrown from here is a finding.
    ///
    /// @param sample decides which of the expensive oracles to apply
    void run(byte[] input, Sample sample) throws Exception;

    /// The maximum cost of an execution.
    Cost cost();

    /// Corrects the checksums after a change; not called for some of the inputs.
    default byte[] repaired(byte[] input) {
        return input;
    }

    /// The maximum cost of an execution: a constant, and an amount for each byte of the input.
    ///
    /// @param bytes the number of allocated bytes that does not depend on the input
    /// @param bytesPerByte the number of allocated bytes for each byte of the input
    /// @param blocks the number of executed basic blocks that does not depend on the input; blocks
    ///   of the JDK are not counted
    /// @param blocksPerByte the number of executed basic blocks for each byte of the input
    record Cost(long bytes, long bytesPerByte, long blocks, long blocksPerByte) {}
}
