// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;

/// Receives the records of `ram` while a stream is read, in the order of the stream.
@FunctionalInterface
public interface RamRecordVisitor {
    /// Looks at no record, so that consecutive pages are skipped at once.
    RamRecordVisitor NONE = RamRecordReader::skipRun;

    /// Called for each record. May request the record's payload, and must not move the cursor.
    ///
    /// @param records a cursor at the record
    void record(RamRecordReader records) throws IOException;
}
