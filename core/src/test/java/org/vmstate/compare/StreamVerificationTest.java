// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.container.StreamFile;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.WireReader;

final class StreamVerificationTest {
    private static final String QUEUE =
            """
            {"page_size": 4096, "devices": [{"name": "dev", "instance_id": 0, "vmsd_name": "dev",
             "version": 1, "fields": [
              {"name": "num_entries", "type": "int32", "size": 4},
              {"name": "entries", "array_len": 3, "type": "uint8", "size": 1},
              {"name": "events", "type": "qtailq", "vmsd_name": "event", "version": 1,
               "fields": [{"name": "code", "type": "uint8", "size": 1}], "size": 3}]}]}""";

    static List<Corpus.Entry> streams() {
        return Corpus.streams().stream()
                .filter(e -> e.file().endsWith(".mig") && !e.file().contains("bzip2"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("streams")
    void realStreamIsSound(Corpus.Entry entry) throws IOException {
        try (StreamFile stream = StreamFile.of(entry.open(), StreamFile.Options.DEFAULT)) {
            CheckResult result =
                    StreamVerification.verify(
                            SavedMachine.read(MachineReader.of(stream.reader().retained())));
            assertThat(result.verdict()).as(result.toString()).isEqualTo(Verdict.LOADS);
        }
    }

    private static CheckResult verify(int count, int mark) throws IOException {
        return StreamVerification.verify(
                SavedMachine.read(
                        MachineReader.of(
                                WireReader.of(
                                        StreamBytes.stream()
                                                .configuration("board")
                                                .full(1, "dev", 0, 1)
                                                .u32(count)
                                                .text("abc")
                                                .u8(1)
                                                .u8(5)
                                                .u8(mark)
                                                .footer(1)
                                                .endOfStream()
                                                .description(QUEUE)
                                                .toByteArray()))));
    }

    @Test
    void soundStreamHasNoDefects() throws IOException {
        assertThat(verify(3, 0).reasons()).isEmpty();
    }

    @Test
    void countAboveTheNumberOfElementsIsTheGuiltyField() throws IOException {
        CheckResult result = verify(7, 0);
        assertThat(result.verdict()).isEqualTo(Verdict.REFUSED);
        Reason reason = result.reasons().getFirst();
        assertThat(reason.subject()).isEqualTo("dev.num_entries");
        assertThat(reason.detail())
                .isEqualTo("the value is 7, but the array entries has 3 elements in the stream");
        assertThat(reason.words().orElseThrow().newer())
                .isEqualTo("Missing section footer for dev");
    }

    @Test
    void queueThatDoesNotEndIsTheGuiltyField() throws IOException {
        CheckResult result = verify(3, 1);
        assertThat(result.verdict()).isEqualTo(Verdict.REFUSED);
        assertThat(result.reasons().getFirst().subject()).startsWith("dev.events");
    }

    @Test
    void missingByteIsReportedWithItsSection() throws IOException {
        CheckResult result =
                StreamVerification.verify(
                        SavedMachine.read(
                                MachineReader.of(
                                        WireReader.of(
                                                StreamBytes.stream()
                                                        .configuration("board")
                                                        .full(1, "dev", 0, 1)
                                                        .u32(3)
                                                        .text("ab")
                                                        .u8(1)
                                                        .u8(5)
                                                        .u8(0)
                                                        .footer(1)
                                                        .endOfStream()
                                                        .description(QUEUE)
                                                        .toByteArray()))));
        assertThat(result.verdict()).isEqualTo(Verdict.REFUSED);
        assertThat(result.reasons()).anyMatch(r -> r.subject().startsWith("dev"));
    }

    private static final int PAGE = 4096;

    @Test
    void pagesThatNeverCameAreNoted() throws IOException {
        StreamBytes stream =
                StreamBytes.stream()
                        .configuration("board")
                        .start(1, "ram", 0, 4)
                        .u64(5 * PAGE | 4)
                        .str8("pc.ram")
                        .u64(5 * PAGE)
                        .u64(0x10)
                        .footer(1)
                        .end(1)
                        .u64(PAGE | 2)
                        .str8("pc.ram")
                        .u8(0)
                        .u64(3 * PAGE | 0x22)
                        .u8(0)
                        .u64(0x10)
                        .footer(1)
                        .endOfStream()
                        .description("{\"page_size\": 4096, \"devices\": []}");
        SavedMachine machine =
                SavedMachine.read(
                        MachineReader.of(WireReader.of(stream.toByteArray())).recordPages());
        assertThat(machine.missingPages())
                .extracting(missing -> missing.block().name(), missing -> missing.pages())
                .containsExactly(org.assertj.core.groups.Tuple.tuple("pc.ram", 3L));
        assertThat(StreamVerification.verify(machine).reasons().getFirst().detail())
                .isEqualTo("3 pages of this block never came, the first at 0x0");
    }

    @Test
    void truncationNamesTheFirstMissingByte() throws IOException {
        byte[] bytes = CheckInputs.bytes("b", s -> s, CheckInputs.DESCRIPTION).toByteArray();
        CheckResult result =
                StreamVerification.verify(
                        SavedMachine.read(
                                MachineReader.of(
                                        WireReader.of(java.util.Arrays.copyOf(bytes, 30)))));
        assertThat(result.verdict()).isEqualTo(Verdict.REFUSED);
        assertThat(result.reasons().getFirst().offset()).isPresent();
    }
}
