// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.function.UnaryOperator;

/// A migration stream, composed byte by byte without the code under test.
public final class StreamBytes {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    private interface Writing {
        void run() throws IOException;
    }

    /// Creates a stream that begins with the header.
    public static StreamBytes stream() {
        return new StreamBytes().u32(0x5145564dL).u32(3);
    }

    public StreamBytes configuration(String machineType) {
        return u8(0x07).u32(machineType.length()).text(machineType);
    }

    public StreamBytes subsection(String name, long version) {
        return u8(0x05).str8(name).u32(version);
    }

    public StreamBytes start(long id, String name, long instance, long version) {
        return u8(0x01).u32(id).str8(name).u32(instance).u32(version);
    }

    public StreamBytes part(long id) {
        return u8(0x02).u32(id);
    }

    public StreamBytes end(long id) {
        return u8(0x03).u32(id);
    }

    public StreamBytes full(long id, String name, long instance, long version) {
        return u8(0x04).u32(id).str8(name).u32(instance).u32(version);
    }

    public StreamBytes footer(long id) {
        return u8(0x7e).u32(id);
    }

    public StreamBytes command(int code, byte... data) {
        return u8(0x08).u16(code).u16(data.length).bytes(data);
    }

    /// Appends a packaged command with the elements of `elements`.
    public StreamBytes packaged(UnaryOperator<StreamBytes> elements) {
        byte[] inner = elements.apply(new StreamBytes()).toByteArray();
        return u8(0x08).u16(7).u16(4).u32(inner.length).bytes(inner);
    }

    public StreamBytes endOfStream() {
        return u8(0x00);
    }

    public StreamBytes description(String json) {
        return u8(0x06).u32(json.getBytes(UTF_8).length).text(json);
    }

    public StreamBytes u8(int value) {
        return write(() -> out.writeByte(value));
    }

    public StreamBytes u16(int value) {
        return write(() -> out.writeShort(value));
    }

    public StreamBytes u32(long value) {
        return write(() -> out.writeInt((int) value));
    }

    public StreamBytes u64(long value) {
        return write(() -> out.writeLong(value));
    }

    public StreamBytes str8(String text) {
        return u8(text.getBytes(UTF_8).length).text(text);
    }

    public StreamBytes text(String text) {
        return bytes(text.getBytes(UTF_8));
    }

    public StreamBytes hex(String hex) {
        return bytes(HexFormat.of().parseHex(hex));
    }

    public StreamBytes bytes(byte... some) {
        return write(() -> out.write(some));
    }

    /// The number of bytes so far.
    public int size() {
        return bytes.size();
    }

    public byte[] toByteArray() {
        return bytes.toByteArray();
    }

    private StreamBytes write(Writing writing) {
        try {
            writing.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }
}
