// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/// Firmware of a few instructions for the guests of interoperability tests, so that their memory
/// contains no code of others and is known.
public final class Firmware {
    private static final int PC_SIZE = 65536;
    private static final int PC_SEED = 0x2545f491;

    /// The address at which [#pcThatFills] begins to write.
    public static final int PC_FILL_START = 0x100000;

    private Firmware() {}

    /// For an Arduino Uno: counts in r25:r24 and at address 0x200 of its data space, for ever.
    public static byte[] arduinoUno() {
        // again: adiw r24, 1; sts 0x200, r24; sts 0x201, r25; rjmp again
        return hex("0196 80930002 90930102 facf");
    }

    /// For a micro:bit: counts in r0 and at address 0x20000010, for ever.
    public static byte[] microbit() {
        ByteBuffer image = ByteBuffer.allocate(0x110).order(ByteOrder.LITTLE_ENDIAN);
        image.putInt(0x20004000).putInt(0x101); // the stack pointer; the entry, in Thumb state
        // movs r1, #0x20; lsls r1, r1, #24; again: adds r0, #1; str r0, [r1, #16]; b again
        image.position(0x100).put(hex("2021 0906 0130 0861 fce7"));
        return image.array();
    }

    /// For pseries: loops at the reset vector, 0x100, with interrupts disabled.
    public static byte[] pseries() {
        return ByteBuffer.allocate(0x104).putInt(0x100, 0x48000000).array();
    }

    /// For a PC: fills `bytes` bytes from 1 MiB on with the result of [#pcFill], then writes the
    /// text `done` to 0x8000 and halts.
    ///
    /// @param bytes a multiple of 4
    public static byte[] pcThatFills(int bytes) {
        byte[] firmware = new byte[PC_SIZE];
        ByteBuffer image = pcReset(firmware);
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
        return firmware;
    }

    /// Switches a PC to 32-bit mode with flat memory and continues at f0020.
    private static ByteBuffer pcReset(byte[] firmware) {
        ByteBuffer image = ByteBuffer.wrap(firmware).order(ByteOrder.LITTLE_ENDIAN);
        // 16 bits, at f000:0000: cli; cld; lgdt cs:[0xf0]; mov eax, cr0; or al, 1; mov cr0, eax;
        // jmp dword 8:0xf0020
        image.put(hex("fa fc 2e0f0116f000 0f20c0 0c01 0f22c0 66ea20000f000800"));
        // Segments: none, flat code, flat data, 64-bit code; their table's limit and address; the
        // reset vector.
        image.position(0xd8).put(hex("ffff0000009bcf00 ffff00000093cf00 ffff0000009baf00"));
        image.position(0xf0).put(hex("1f00 d0000f00"));
        return image.position(0xfff0).put(hex("ea000000f0"));
    }

    /// For a PC: switches to long mode with 2 MiB mapped, sets rax, r15 and rsp, writes the text
    /// `done` to 0x8000 and halts.
    static byte[] pcInLongMode() {
        byte[] firmware = new byte[PC_SIZE];
        ByteBuffer image = pcReset(firmware);
        image.position(0x20).put(hex("66b81000 8ed8 8ec0"));
        // mov dword [0x70000], 0x71003; mov dword [0x71000], 0x72003; mov dword [0x72000], 0x83
        image.put(hex("c7050000070003100700 c7050010070003200700 c7050020070083000000"));
        // mov eax, 0x70000; mov cr3, eax; mov eax, 0x20; mov cr4, eax
        image.put(hex("b800000700 0f22d8 b820000000 0f22e0"));
        // mov ecx, 0xc0000080; mov eax, 0x100; xor edx, edx; wrmsr
        image.put(hex("b9800000c0 b800010000 31d2 0f30"));
        // mov eax, cr0; or eax, 0x80000000; mov cr0, eax; jmp 0x18:0xf0100
        image.put(hex("0f20c0 0d00000080 0f22c0 ea00010f001800"));
        // 64 bits: mov rax, …; mov r15, …; mov rsp, …
        image.position(0x100).put(hex("48b88877665544332211 49bff0debc9a78563412"));
        image.put(hex("48bc5555aaaa5555aaaa"));
        // mov dword [0x8000], "done"; hlt; jmp back to it
        image.put(hex("c7042500800000")).put("done".getBytes(US_ASCII)).put(hex("f4 ebfd"));
        return firmware;
    }

    /// The bytes that [#pcThatFills] writes: numbers that cannot be compressed.
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
