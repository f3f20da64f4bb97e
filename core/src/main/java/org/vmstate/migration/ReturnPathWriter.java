// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.vmstate.wire.WireWriter;

/// Writes the messages of a destination. Every message is sent at once.
///
/// Any number of threads may send messages; each message is written as a whole. QEMU:
/// `migrate_send_rp_message`.
public final class ReturnPathWriter {
    private final WireWriter out;

    /// Creates a writer of messages to `out`.
    public ReturnPathWriter(WireWriter out) {
        this.out = out;
    }

    /// Sends a message.
    public synchronized void send(ReturnPathMessage message) throws IOException {
        switch (message) {
            case ReturnPathMessage.Shut(long status) -> number(ReturnPathReader.SHUT, status);
            case ReturnPathMessage.Pong(long number) -> number(ReturnPathReader.PONG, number);
            case ReturnPathMessage.RequestPages request -> request(request);
            case ReturnPathMessage.ReceivedBitmap(String block, byte[] bitmap) -> {
                head(ReturnPathReader.RECEIVED_BITMAP, 1 + bytes(block));
                out.str8(block);
                out.u64(bitmap.length);
                out.bytes(bitmap);
                out.u64(ReturnPathReader.BITMAP_END);
            }
            case ReturnPathMessage.ResumeAcknowledged(long value) ->
                    number(ReturnPathReader.RESUME_ACKNOWLEDGED, value);
            case ReturnPathMessage.SwitchoverAcknowledged() ->
                    head(ReturnPathReader.SWITCHOVER_ACKNOWLEDGED, 0);
        }
        out.flush();
    }

    private void request(ReturnPathMessage.RequestPages request) throws IOException {
        if (request.block().isPresent()) {
            String block = request.block().get();
            head(
                    ReturnPathReader.REQUEST_PAGES_OF_BLOCK,
                    ReturnPathReader.RANGE_BYTES + 1 + bytes(block));
        } else {
            head(ReturnPathReader.REQUEST_PAGES, ReturnPathReader.RANGE_BYTES);
        }
        out.u64(request.start());
        out.u32(request.length());
        if (request.block().isPresent()) {
            out.str8(request.block().get());
        }
    }

    private void number(int type, long value) throws IOException {
        head(type, Integer.BYTES);
        out.u32(value);
    }

    private void head(int type, int length) throws IOException {
        out.u16(type);
        out.u16(length);
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
