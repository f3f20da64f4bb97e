// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/// Firmware of our own, a few instructions each: what guests of interop tests run, so that nothing
/// of others is in their memory and what there is is known.
public final class Firmware {
    private static final int PC_SIZE = 65536;
    private static final int PC_SEED = 0x2545f491;

    /// Where [#pcThatFills] begins to write.
    public static final int PC_FILL_START = 0x100000;

    private Firmware() {}

    /// For pseries: branches to itself at the reset vector, 0x100, with interrupts off.
    public static byte[] pseries() {
        return ByteBuffer.allocate(0x104).putInt(0x100, 0x48000000).array();
    }

    /// For a PC: fills that many bytes from 1 MiB on with what [#pcFill] gives, then writes the
    /// text `done` to 0x8000 and halts.
    ///
    /// @param bytes a multiple of 4
    public static byte[] pcThatFills(int bytes) {
        ByteBuffer image = ByteBuffer.allocate(PC_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        // 16 bits, at f000:0000: cli; cld; lgdt cs:[0xf0]; mov eax, cr0; or al, 1; mov cr0, eax;
        // jmp dword 8:0xf0020
        image.put(hex("fa fc 2e0f0116f000 0f20c0 0c01 0f22c0 66ea20000f000800"));
        // 32 bits: mov ax, 0x10; mov ds, eax; mov es, eax
        image.position(0x20).put(hex("66b81000 8ed8 8ec0"));
        // mov edi, start; mov ecx, count; mov eax, seed
        image.put(hex("bf")).putInt(PC_FILL_START);
        image.put(hex("b9")).putInt(bytes / 4);
        image.put(hex("b8")).putInt(PC_SEED);
        // again: imul eax, eax, 0x19660d; add eax, 0x3c6ef35f; stosd; loop again
        image.put(hex("69c00d661900 055ff36e3c ab e2f2"));
        // mov dword [0x8000], "done"; hlt; jmp back to it
        image.put(hex("c70500800000")).put("done".getBytes(US_ASCII)).put(hex("f4 ebfd"));
        // Segments: none, flat code, flat data; their table's limit and address; the reset vector.
        image.position(0xd8).put(hex("ffff0000009bcf00 ffff00000093cf00"));
        image.position(0xf0).put(hex("1700 d0000f00"));
        image.position(0xfff0).put(hex("ea000000f0"));
        return image.array();
    }

    /// What [#pcThatFills] writes: numbers without a pattern that a compressor finds.
    public static byte[] pcFill(int bytes) {
        ByteBuffer memory = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int number = PC_SEED;
        while (memory.hasRemaining()) {
            number = number * 0x19660d + 0x3c6ef35f;
            memory.putInt(number);
        }
        return memory.array();
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replace(" ", ""));
    }
}
