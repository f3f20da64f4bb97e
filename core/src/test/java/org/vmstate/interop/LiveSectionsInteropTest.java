// SPDX-License-Identifier: Apache-2.0
package org.vmstate.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.ram.RamContext;
import org.vmstate.stream.BodyEnd;
import org.vmstate.stream.Description;
import org.vmstate.stream.EndOfStream;
import org.vmstate.stream.Expectations;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionFooter;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamReader;
import org.vmstate.testing.Qemu;
import org.vmstate.testing.QemuMachine;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// A running QEMU migrates to a socket from which the bytes are read one by one.
class LiveSectionsInteropTest {
    @TempDir Path folder;

    /// The content of a channel, read a byte at a time and counted.
    private static final class OneByOne implements ReadableByteChannel {
        private final ReadableByteChannel from;
        private final ByteBuffer waiting = ByteBuffer.allocate(1 << 16).flip();
        private long given;

        OneByOne(ReadableByteChannel from) {
            this.from = from;
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            if (!waiting.hasRemaining()) {
                waiting.clear();
                int count = from.read(waiting);
                waiting.flip();
                if (count < 0) {
                    return -1;
                }
            }
            target.put(waiting.get());
            given++;
            return 1;
        }

        @Override
        public boolean isOpen() {
            return from.isOpen();
        }

        @Override
        public void close() throws IOException {
            from.close();
        }
    }

    @Test
    void sectionWithAHandlerIsReadBeforeTheFirstByteOfTheNextIsLetThrough() throws Exception {
        Path socket = folder.resolve("socket");
        List<StreamElement> others = new ArrayList<>();
        int handled = 0;
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                Qemu source = QemuMachine.pc(1 << 20).start()) {
            server.bind(UnixDomainSocketAddress.of(socket));
            source.execute("migrate", Map.of("uri", "unix:" + socket));
            OneByOne bytes = new OneByOne(server.accept());
            try (WireReader in = WireReader.of(bytes, ReadLimits.DEFAULT)) {
                StreamReader stream =
                        StreamReader.of(
                                in,
                                new BuiltInHandlers(new RamContext().targetPageSize(4096)),
                                Expectations.NONE);
                long end = 0;
                for (StreamElement e = stream.next(); e != null; e = stream.next()) {
                    if (e instanceof Section s
                            && stream.origin().bodyEnd().orElseThrow() == BodyEnd.WALKED) {
                        end = s.body().offset() + s.body().length();
                        assertThat(bytes.given).as(s.toString()).isEqualTo(end);
                        handled++;
                    } else if (e instanceof SectionFooter && bytes.given == end + 5) {
                        end = 0;
                    } else {
                        assertThat(end).as("a footer behind a section with a handler").isZero();
                        others.add(e);
                    }
                }
                assertThat(bytes.given).isEqualTo(stream.end().orElseThrow());
            }
        }
        assertThat(handled).isGreaterThan(2);
        assertThat(others)
                .hasAtLeastOneElementOfType(Section.Full.class)
                .hasAtLeastOneElementOfType(EndOfStream.class)
                .hasAtLeastOneElementOfType(Description.class);
    }
}
