// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.vmstate.vmdesc.JsonValue.JsonArray;
import org.vmstate.vmdesc.JsonValue.JsonNumber;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.JsonValue.JsonString;
import org.vmstate.vmdesc.JsonValue.JsonWord;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.LimitExceededException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/// A JSON text that was read: its one object, and the offset at which each object of it begins.
///
/// Whatever is wrong with the text is a [CorruptException] or [LimitExceededException] at the
/// absolute offset.
final class JsonText {
    private final IdentityHashMap<JsonObject, Long> offsets = new IdentityHashMap<>();
    private final JsonParser parser;
    private final long start;

    private JsonText(JsonParser parser, long start) {
        this.parser = parser;
        this.start = start;
    }

    /// What was read.
    record Parsed(JsonObject root, IdentityHashMap<JsonObject, Long> offsets) {}

    /// Reads a text of UTF-8 whose first byte has the absolute offset `start`.
    static Parsed read(byte[] text, long start, ReadLimits limits) throws VMStateException {
        if (text.length > limits.maxDescriptionBytes()) {
            throw new LimitExceededException(
                    "a description of "
                            + text.length
                            + " bytes, the limit is "
                            + limits.maxDescriptionBytes(),
                    start);
        }
        checkBeginning(text, start);
        JsonFactory factory =
                JsonFactory.builder()
                        .streamReadConstraints(
                                StreamReadConstraints.builder()
                                        .maxNestingDepth(limits.maxNesting())
                                        .maxStringLength(limits.maxDescriptionBytes())
                                        .build())
                        .build();
        try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), text)) {
            JsonText reader = new JsonText(parser, start);
            parser.nextToken();
            JsonObject root = reader.object();
            if (parser.nextToken() != null) {
                throw new CorruptException("text after the end of the JSON", reader.offset());
            }
            return new Parsed(root, reader.offsets);
        } catch (JacksonException e) {
            throw translate(e, start);
        }
    }

    /// Makes sure of UTF-8 text, since the parser would also take UTF-16 and UTF-32 for JSON.
    private static void checkBeginning(byte[] text, long start) throws CorruptException {
        if (text.length < 2 || text[0] != '{') {
            throw new CorruptException("no JSON object", start);
        }
        for (int i = 1; i < Math.min(4, text.length); i++) {
            if (text[i] == 0) {
                throw new CorruptException("a zero byte in the JSON", start + i);
            }
        }
    }

    private static VMStateException translate(JacksonException e, long start) {
        long position = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getByteOffset());
        String detail = e.getOriginalMessage();
        VMStateException translated =
                e instanceof StreamConstraintsException
                        ? new LimitExceededException("the JSON: " + detail, start + position)
                        : new CorruptException("not JSON: " + detail, start + position);
        translated.initCause(e);
        return translated;
    }

    private long offset() {
        return start + parser.currentTokenLocation().getByteOffset();
    }

    private JsonObject object() {
        long offset = offset();
        List<JsonValue.Member> members = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            members.add(new JsonValue.Member(name, value()));
        }
        JsonObject object = new JsonObject(members);
        offsets.put(object, offset);
        return object;
    }

    private JsonValue value() {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object();
            case START_ARRAY -> {
                List<JsonValue> values = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    values.add(value());
                }
                yield new JsonArray(values);
            }
            case VALUE_STRING -> new JsonString(parser.getString());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new JsonNumber(parser.getString());
            case VALUE_TRUE -> JsonWord.TRUE;
            case VALUE_FALSE -> JsonWord.FALSE;
            case VALUE_NULL -> JsonWord.NULL;
            default -> throw new IllegalStateException(parser.currentToken() + " is no value");
        };
    }
}
