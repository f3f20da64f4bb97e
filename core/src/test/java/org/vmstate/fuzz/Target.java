// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import java.io.IOException;
import java.util.List;

/// A function from bytes to an outcome, with what must hold of any bytes.
public interface Target {
    /// The name on the command line and of the folders of its inputs.
    String name();

    /// The module whose tests have it.
    default String module() {
        return "core";
    }

    /// Inputs to begin with.
    List<byte[]> seeds() throws IOException;

    /// Where an input can be taken apart; of wrong bytes as far as they make sense.
    Structure structure(byte[] input);

    /// Puts an input through the code under test. What is refused as the code promises returns
    /// normally; anything thrown is a finding.
    ///
    /// @param sample decides about the expensive oracles
    void run(byte[] input, Sample sample) throws Exception;

    /// What one execution may cost.
    Cost cost();

    /// Makes checksums right again after a change; they are left wrong in some of the inputs.
    default byte[] repaired(byte[] input) {
        return input;
    }

    /// What an execution may cost: something anyway, and so much for each byte of the input.
    ///
    /// @param bytes allocated anyway
    /// @param bytesPerByte allocated for each byte
    /// @param blocks basic blocks run anyway, loops of the JDK not counted
    /// @param blocksPerByte basic blocks run for each byte
    record Cost(long bytes, long bytesPerByte, long blocks, long blocksPerByte) {}
}
