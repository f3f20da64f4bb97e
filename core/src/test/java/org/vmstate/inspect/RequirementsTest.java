// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.vmstate.ram.PageSize;
import org.vmstate.stream.Footers;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.WireReader;

/// The requirements of a stream on its destination.
class RequirementsTest {
    private static final long MEM_SIZE = 4;
    private static final long ZERO = 2;
    private static final long EOS = 0x10;

    private static Requirements of(String corpusFile) throws IOException {
        return Requirements.read(WireReader.of(Corpus.file(corpusFile).bytes()));
    }

    @Test
    void ordinaryStreamNamesMachinePagesBlocksAndDevices() throws IOException {
        Requirements expected = of("v-plain-72.mig");

        assertThat(expected.machineType()).hasValue("pc-i440fx-7.2");
        assertThat(expected.pageSize().map(PageSize::bytes)).hasValue(4096);
        assertThat(expected.blocks())
                .allMatch(b -> b.memory() == Requirements.Memory.STREAM)
                .anyMatch(b -> b.block().name().equals("pc.ram"));
        assertThat(expected.devices()).contains(new SectionIdentity("ram", 0, 4));
        assertThat(expected.capabilities()).isEmpty();
        assertThat(expected.uuid()).isEmpty();
        assertThat(expected.channels()).isFalse();
        assertThat(expected.postcopy()).isFalse();
        assertThat(expected.returnPath()).isFalse();
        assertThat(expected.descriptors()).isEmpty();
        assertThat(expected.described()).isTrue();
        assertThat(expected.footers()).isEqualTo(Footers.USED);
        assertThat(expected.complete()).isTrue();
    }

    @Test
    void sharedBlocksHaveTheirMemoryElsewhere() throws IOException {
        Requirements expected = of("v-ignshared-100.mig");

        assertThat(expected.capabilities()).contains("x-ignore-shared");
        assertThat(expected.blocks())
                .filteredOn(b -> b.memory() == Requirements.Memory.ELSEWHERE)
                .extracting(b -> b.block().name())
                .containsExactly("ram0");
    }

    @Test
    void marksShowThatThereAreChannels() throws IOException {
        Requirements expected = of("v-multifd-zstd-sock-100.mig");

        assertThat(expected.channels()).isTrue();
        assertThat(expected.blocks()).allMatch(b -> b.memory() == Requirements.Memory.CHANNELS);
    }

    @Test
    void mappedPagesAreInTheStream() throws IOException {
        Requirements expected = of("v-mappedram-100.mig");

        assertThat(expected.capabilities()).contains("mapped-ram");
        assertThat(expected.blocks()).allMatch(b -> b.memory() == Requirements.Memory.STREAM);
        assertThat(expected.channels()).isFalse();
    }

    @Test
    void preparedPostcopyAsksForAnswers() throws IOException {
        Requirements expected = of("v-postcopy-100.mig");

        assertThat(expected.postcopy()).isTrue();
        assertThat(expected.returnPath()).isTrue();
    }

    @Test
    void aCutStreamMayExpectMore() throws IOException {
        byte[] whole = Corpus.file("v-plain-72.mig").bytes();
        Requirements expected =
                Requirements.read(WireReader.of(Arrays.copyOf(whole, whole.length / 2)));

        assertThat(expected.complete()).isFalse();
        assertThat(expected.blocks())
                .anyMatch(b -> b.memory() == Requirements.Memory.STREAM)
                .noneMatch(b -> b.memory() == Requirements.Memory.ELSEWHERE);
    }

    @Test
    void uuidAndDescriptorsAreNamed() throws IOException {
        UUID uuid = new UUID(0x1122334455667788L, 0x99aabbccddeeff00L);
        byte[] stream =
                StreamBytes.stream()
                        .configuration("pc-i440fx-7.2")
                        .subsection("configuration/uuid", 1)
                        .u64(uuid.getMostSignificantBits())
                        .u64(uuid.getLeastSignificantBits())
                        .start(2, "ram", 0, 4)
                        .u64(4096 | MEM_SIZE)
                        .str8("ram")
                        .u64(4096)
                        .u64(ZERO)
                        .str8("ram")
                        .u8(0)
                        .u64(EOS)
                        .footer(2)
                        .end(2)
                        .u64(EOS)
                        .footer(2)
                        .full(3, "vhost", 1, 1)
                        .u8(0x20)
                        .footer(3)
                        .endOfStream()
                        .description(
                                "{\"page_size\":4096,\"devices\":[{\"name\":\"vhost\",\"instance_id\":1,"
                                        + "\"vmsd_name\":\"vhost\",\"version\":1,\"fields\":["
                                        + "{\"name\":\"fd\",\"type\":\"fd\",\"size\":1}]}]}")
                        .toByteArray();

        Requirements expected = Requirements.read(WireReader.of(stream));

        assertThat(expected.uuid()).hasValue(uuid);
        assertThat(expected.descriptors()).containsExactly("vhost#1");
    }
}
