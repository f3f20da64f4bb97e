// SPDX-License-Identifier: Apache-2.0
package org.vmstate.handler;

import java.io.IOException;
import org.vmstate.ram.RamContext;
import org.vmstate.ram.RamRecordReader;
import org.vmstate.ram.RamRecordVisitor;
import org.vmstate.stream.SectionHandler;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamContext;
import org.vmstate.wire.WireReader;

/// Passes the records of `ram` to a visitor, and the state of the stream to the RAM context.
final class RamHandler implements SectionHandler {
    private final RamContext ram;
    private final RamRecordVisitor visitor;

    RamHandler(RamContext ram, RamRecordVisitor visitor) {
        this.ram = ram;
        this.visitor = visitor;
    }

    @Override
    public void consume(WireReader in, SectionIdentity identity, StreamContext context)
            throws IOException {
        ram.begin(identity, context, in.position());
        RamRecordReader.visitBody(in, ram, visitor);
    }
}
