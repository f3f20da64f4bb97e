// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmstate.inspect.Device;
import org.vmstate.testing.Corpus;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.vmdesc.FieldDescription;
import org.vmstate.vmdesc.StructDescription;
import org.vmstate.wire.ReadLimits;

/// Values of which the stream's description contains only the size.
final class DeviceTypesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    pc-many-72   | 0000:00:03.0/virtio-blk     | .virtio.config.vendor_id       | 6900
                    pc-many-72   | 0000:00:03.0/virtio-blk     | .virtio.status                 | 15
                    pc-many-72   | 0000:00:03.0/virtio-blk     | .virtio.vq[0].vring.num        | 256
                    pc-many-72   | 0000:00:03.0/virtio-blk     | .virtio/started.started        | true
                    pc-many-72   | 0000:00:03.0/virtio-blk     | .virtio/extra_state/virtio_pci/modern_state.vqs[0].desc[0] | 66957312
                    pc-many-72   | 0000:00:03.0/virtio-blk     | .virtio/virtio/started.started | true
                    pc-many-72   | 0000:00:05.0/virtio-scsi    | .virtio.vq[2].last_avail_idx   | 279
                    pc-many-72   | 0000:00:08.0/virtio-console | .virtio.nr_active_ports        | 2
                    pc-many-72   | 0000:00:08.0/virtio-console | .virtio.ports[1].id            | 1
                    q35-many-100 | 0000:00:01.0:00.0/virtio-blk | .virtio.config.device_id      | 4162
                    q35-many-100 | 0000:00:09.0/virtio-net     | .virtio.mac[5]                 | 87
                    q35-many-100 | 0000:00:09.0/virtio-net     | .virtio/disabled.disabled      | true
                    microvm-100  | virtio-mmio@00000000feb02e00/virtio-blk | .virtio.vq[0].vring.align | 4096
                    microvm-100  | virtio-mmio@00000000feb02e00/virtio-blk | .virtio.guest_page_shift | 12
                    s390x-100    | /fe.0.0002/virtio-rng       | .virtio.revision               | -1
                    s390x-100    | /fe.0.0002/virtio-rng       | .virtio.devno                  | 2
                    s390x-100    | /fe.0.0002/virtio-rng       | .virtio.vq[0].vring.num        | 1024
                    q35-viommu-gtree-100 | 0000:00:03.0/virtio-iommu | .virtio.domains[0].key   | 7
                    q35-viommu-gtree-100 | 0000:00:03.0/virtio-iommu | .virtio.domains[0].value.mappings[4].key.low | 4194304
                    q35-viommu-gtree-100 | 0000:00:03.0/virtio-iommu | .virtio.domains[0].value.endpoint_list[0].id | 32
                    q35-viommu-gtree-100 | 0000:00:03.0/virtio-iommu | .virtio.domains[1].value.mappings[0].value.phys_addr | 3145728
                    q35-viommu-gtree-100 | 0000:00:03.0/virtio-iommu | .virtio.config.bypass    | 1
                    """)
    void aVirtioValueIsTakenApart(String stream, String device, String steps, String value)
            throws Exception {
        StructNode root = section(stream, device);

        assertThat(StatePath.find(root, steps).map(TreeText::of)).contains(value);
    }

    @ParameterizedTest
    @CsvSource({
        "pc-many-72",
        "q35-many-100",
        "microvm-100",
        "s390x-72",
        "s390x-100",
        "pseries-many-72",
        "q35-viommu-gtree-100"
    })
    void nothingOfAnyVirtioValueIsLeftOver(String stream) throws Exception {
        List<StateNode> values = new java.util.ArrayList<>();
        for (Device.Whole device :
                StateCorpusTest.described(Corpus.file(stream + ".mig").bytes())) {
            StateNode root = StateCorpusTest.decode(device).root();
            root.children().stream().filter(n -> n.type().equals("virtio")).forEach(values::add);
        }

        assertThat(values).isNotEmpty().allSatisfy(DeviceTypesTest::isWhole);
    }

    @Test
    void aNetworkDeviceWithSeveralQueuePairsHasMoreBeforeItsOffloads() throws Exception {
        String name = "0000:00:04.0/virtio-net";
        StructNode one = section("pc-many-72", name);
        byte[] body = one.bytes().toArray(JAVA_BYTE);
        StateNode features = StatePath.find(one, ".virtio.guest_features_lo").orElseThrow();
        body[(int) (features.offset() - one.offset()) + 3] |= 1 << 2;
        StateNode last = StatePath.find(one, ".virtio.has_ufo").orElseThrow();
        int at = (int) (last.offset() - one.offset()) + 1;
        byte[] pairs = {0, 4, 0, 2, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 9};
        byte[] several =
                ByteBuffer.allocate(body.length + pairs.length)
                        .put(body, 0, at)
                        .put(pairs)
                        .put(body, at, body.length - at)
                        .array();
        FieldDescription virtio =
                new FieldDescription(
                        "virtio",
                        "virtio",
                        several.length,
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        Optional.empty(),
                        List.of());
        DeviceDescription device =
                new DeviceDescription(
                        name,
                        0,
                        new StructDescription("virtio-net", 11, List.of(virtio), List.of()));

        StructNode root =
                new SectionDecoder(ReadLimits.DEFAULT)
                        .decode(MemorySegment.ofArray(several), 0, device)
                        .root();

        assertThat(StatePath.find(root, ".virtio.curr_queue_pairs").map(TreeText::of))
                .contains("2");
        assertThat(StatePath.find(root, ".virtio.vqs[0].tx_waiting").map(TreeText::of))
                .contains("7");
        assertThat(StatePath.find(root, ".virtio.curr_guest_offloads").map(TreeText::of))
                .contains("9");
        isWhole(StatePath.find(root, ".virtio").orElseThrow());
    }

    private static void isWhole(StateNode virtio) {
        assertThat(virtio).as(virtio.toString()).isInstanceOf(CompositeNode.class);
        long at = virtio.offset();
        for (StateNode part : virtio.children()) {
            assertThat(part.name()).as(virtio.toString()).isNotEqualTo("rest");
            assertThat(part.offset()).as(part.toString()).isEqualTo(at);
            at += part.length();
        }
        assertThat(at).isEqualTo(virtio.offset() + virtio.length());
    }

    @Test
    void aPciConfigurationShowsItsHeader() throws Exception {
        StructNode bridge = section("q35-many-100", "0000:00:1f.0/ICH9LPC");

        assertThat(StatePath.find(bridge, ".d.config[0].vendor_id").map(TreeText::of))
                .contains("32902");
        assertThat(StatePath.find(bridge, ".d.config[0].device_id").map(TreeText::of))
                .contains("10520");
        assertThat(StatePath.find(bridge, ".d.irq_state.level").map(TreeText::of))
                .contains("[0 0 0 0]");
    }

    private static StructNode section(String stream, String name) throws Exception {
        for (Device.Whole device :
                StateCorpusTest.described(Corpus.file(stream + ".mig").bytes())) {
            if (device.section().identity().idString().equals(name)) {
                return StateCorpusTest.decode(device).root();
            }
        }
        throw new AssertionError(name);
    }
}
