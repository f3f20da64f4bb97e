// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.vmstate.VMStateFields.struct;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.vbuffer;

import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.vmstate.internal.layout.Conversion;
import org.vmstate.internal.layout.FieldDeclaration;
import org.vmstate.internal.layout.StateFault;

/// The wire form of a string: its length and its UTF-8 bytes.
final class StringField {
    private int length;
    private byte[] utf8 = {};

    private StringField() {}

    /// Returns a field for a `String` of at most `maxBytes` bytes of UTF-8.
    static VMStateField<Object> field(String name, int maxBytes) {
        if (maxBytes < 0) {
            throw new IllegalArgumentException(name + ": maxBytes is " + maxBytes);
        }
        VMStateDescription<StringField> description =
                VMStateDescription.builder("string", StringField.class, MethodHandles.lookup())
                        .fields(
                                uint32("length")
                                        .number(
                                                (StringField text) -> text.length,
                                                (StringField text, long length) ->
                                                        text.length = checked(length, maxBytes)),
                                vbuffer("utf8").length("length").allocate())
                        .build();
        VMStateField<Object> field = struct(name, description).allocate(StringField::new);
        FieldDeclaration declared = field.declaration();
        return new VMStateField<>(
                declared.withHome(declared.home().converted(conversion(maxBytes))),
                field.descriptions());
    }

    private static Conversion<String> conversion(int maxBytes) {
        return new Conversion<>(
                String.class,
                null,
                StringField.class,
                value -> of(value, maxBytes),
                loaded -> ((StringField) loaded).decoded());
    }

    private static StringField of(String value, int maxBytes) {
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(value));
            StringField text = new StringField();
            text.length = encoded.remaining();
            text.utf8 = new byte[text.length];
            encoded.get(text.utf8);
            checked(text.length, maxBytes);
            return text;
        } catch (CharacterCodingException _) {
            throw new StateFault("a string with an unpaired surrogate");
        }
    }

    private static int checked(long length, int maxBytes) {
        if (Integer.compareUnsigned((int) length, maxBytes) > 0) {
            throw new StateFault(
                    "a string of "
                            + Integer.toUnsignedString((int) length)
                            + " bytes, at most "
                            + maxBytes
                            + " fit");
        }
        return (int) length;
    }

    private String decoded() {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
        } catch (CharacterCodingException _) {
            throw new StateFault("a string that is not UTF-8");
        }
    }
}
