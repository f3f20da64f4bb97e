// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.vmstate.VMStateFields.*;

import java.lang.invoke.MethodHandles;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.internal.schema.Repetition;
import org.vmstate.internal.schema.Schema;
import org.vmstate.internal.schema.SchemaDump;
import org.vmstate.internal.schema.SchemaExistence;
import org.vmstate.internal.schema.SchemaField;
import org.vmstate.queue.TailQueue;
import org.vmstate.wire.ReadLimits;

final class VMStateDumpTest {
    @SuppressWarnings("UnusedVariable")
    static final class Item {
        int a;
        final TailQueue.Link<Item> link = new TailQueue.Link<>();
    }

    @SuppressWarnings("UnusedVariable")
    static final class State {
        int number;
        int[] numbers = new int[4];
        byte[] bytes = new byte[6];
        Item item = new Item();
        final TailQueue<Item> queue = new TailQueue<>(e -> e.link);
        final TreeMap<Long, Item> tree = new TreeMap<>();
    }

    private static final VMStateDescription<Item> ITEM =
            VMStateDescription.builder("item", Item.class, MethodHandles.lookup())
                    .versionId(2)
                    .minimumVersionId(1)
                    .fields(uint32("a"), unused(2).sinceVersion(2))
                    .build();

    private static final VMStateDescription<State> STATE =
            VMStateDescription.builder("state", State.class, MethodHandles.lookup())
                    .versionId(3)
                    .minimumVersionId(1)
                    .fields(
                            int32("number").sinceVersion(2),
                            uint32("numbers").array(4),
                            uint32("numbers").varray("number").asQemuDoes("a test"),
                            buffer("bytes", 6),
                            struct("item", ITEM).existsIf((State s, int v) -> s.number > 0),
                            vstruct("item", ITEM, 1).asQemuDoes("a test"),
                            qtailq("queue", 1, ITEM, Item::new).asQemuDoes("a test"),
                            gtreeDirect("tree", 1, ITEM, Item::new).asQemuDoes("a test"))
                    .build();

    @Test
    void aDeclarationsSchemaHasWhatItDeclares() {
        Schema schema = STATE.declaration().schema();

        assertThat(schema.version()).isEqualTo(3);
        assertThat(schema.minimumVersion()).isEqualTo(1);
        assertThat(schema.fields())
                .containsExactly(
                        field("number", since(2), new Repetition.Once(), "int32", 4L),
                        field("numbers", since(0), new Repetition.Times(4), "uint32", 4L),
                        field("numbers", since(0), new Repetition.ByState(), "uint32", 4L),
                        field("bytes", since(0), new Repetition.Once(), "buffer", 6L),
                        nesting("item", new SchemaExistence(0, true), null, "struct", 6L),
                        nesting("item", since(0), 1, "vstruct", 4L),
                        nesting("queue", since(1), null, "qtailq", null),
                        nesting("tree", since(1), null, "gtree", null));
    }

    private static SchemaExistence since(int version) {
        return new SchemaExistence(version, false);
    }

    private static SchemaField field(
            String name, SchemaExistence presence, Repetition repetition, String type, Long size) {
        return new SchemaField(name, presence, repetition, List.of(), null, type, size, null);
    }

    private static SchemaField nesting(
            String name, SchemaExistence presence, Integer version, String type, Long size) {
        return new SchemaField(
                name,
                presence,
                new Repetition.Once(),
                List.of(ITEM.declaration().schema()),
                version,
                type,
                size,
                null);
    }

    @Test
    void hasQemusMembersThenOnesWithAColon() {
        var devices = new LinkedHashMap<String, VMStateDescription<?>>();
        devices.put(
                "acme-timer",
                VMStateDescription.builder("timer", State.class, MethodHandles.lookup())
                        .fields(uint32("number"))
                        .build());

        assertThat(new String(VMStateDump.of("acme-1", devices), UTF_8))
                .isEqualTo(
                        "{\"vmschkmachine\": {\"Name\": \"acme-1\"}, \"acme-timer\": {\"Name\":"
                                + " \"acme-timer\", \"version_id\": 1, \"minimum_version_id\": 1,"
                                + " \"Description\": {\"name\": \"timer\", \"version_id\": 1,"
                                + " \"minimum_version_id\": 1, \"Fields\": [{\"field\":"
                                + " \"number\", \"version_id\": 0, \"field_exists\": false,"
                                + " \"size\": 4, \"wire:type\": \"uint32\", \"wire:size\": 4,"
                                + " \"wire:count\": \"once\", \"size:of\": \"wire\"}]}}}");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatIsWrittenIsReadAsAnEqualSchema(long seed) throws Exception {
        var devices = new LinkedHashMap<String, VMStateDescription<?>>();
        devices.put("fixed", STATE);
        ObjectDescriptions random = new ObjectDescriptions(new Random(seed));
        for (int i = 0; i < 20; i++) {
            devices.put("random-" + i, random.next());
        }

        SchemaDump read = SchemaDump.parse(VMStateDump.of("m", devices), ReadLimits.DEFAULT);

        assertThat(read.machine()).isEqualTo("m");
        assertThat(read.devices())
                .extracting(SchemaDump.Device::schema)
                .isEqualTo(devices.values().stream().map(d -> d.declaration().schema()).toList());
    }
}
