// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.WireReader;

final class ExplanationTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    qemu-system-x86_64: Not a migration stream, magic: 51455658 != 5145564d | four bytes are not QEVM |
                    Not a migration stream | four bytes are not QEVM |
                    SaveVM v2 format is obsolete and don't work anymore | version 2 of the format |
                    Unsupported migration stream version, file version 4 != 3 | is not 3 |
                    Configuration section missing, 1 != 7 | expects the name of the machine type |
                    Unknown savevm section type 7 | configuration section where |
                    Unknown section type 126 | a footer after a section |
                    Unknown savevm section type 9 | begins no element |
                    Missing section footer for 0000:00:16.0/pciespscsi | not at the end of its section | 0000:00:16.0/pciespscsi
                    Mismatched section id in footer for i8254 - read 0x17 expected 0x16 | belongs to another section | i8254
                    Machine type received is 'q35' and local is 'pc-i440fx-11.1' | different machine types | q35
                    Received TARGET_PAGE_BITS is 13 but local is 12 | pages of different sizes |
                    Capability x-ignore-shared is off, but received capability is on | at one side only | x-ignore-shared
                    Received unknown capability bogus | does not have | bogus
                    UUID received is 12345678-0000-0000-0000-000000000000 and local is 0 | different UUIDs | 12345678-0000-0000-0000-000000000000
                    error while loading state for instance 0x0 of device 'cpu': VM subsection 'cpu/timer' in 'cpu' does not exist | optional part | cpu
                    Unable to read ID string for section 22 | without a name |
                    Unknown savevm section or instance 'or-irq' 0. Make sure that your current VM setup matches | does not have | or-irq
                    Unknown section or instance 'slirp' 1. Make sure that | does not have | slirp
                    savevm: unsupported version 21 for 'cpu' v20 | newer than the destination's | cpu
                    unsupported version 99 for 'i8254' v3 | newer than the destination's | i8254
                    mos6522: incoming version_id 0 is too old for local minimum version_id  1 | so old | mos6522
                    load of migration failed: Invalid argument: error while loading state for instance 0x0 of device 'cpu': cpu: incoming version_id 9 is too old for local minimum version_id 10 | so old | cpu
                    Unknown savevm section 77 | never started |
                    MIG_CMD 0xb unknown (len 0x0) | A command that |
                    PING received with bad length - expecting 4, got 3 | of a wrong length |
                    RAM postcopy is disabled but have 16 byte advise | postcopy-ram |
                    Postcopy needs matching RAM page sizes (s=1000 d=200000) | different sizes |
                    Unknown ramblock "m1", cannot accept migration | block of memory | m1
                    Size mismatch: pc.bios: 0x20000 != 0x10000: Invalid argument | another length | pc.bios
                    Size too large: /rom@etc/acpi/tables: 0x40000 > 0x20000 | larger than | /rom@etc/acpi/tables
                    Illegal RAM offset 3000000 | beyond the end |
                    Unknown combination of migration flags: 0x122 | does not understand |
                    Unknown combination of migration flags: 0x40 (postcopy mode) | switch to postcopy |
                    Ack, bad migration stream! | before any block |
                    Can't find block x | not in the list | x
                    Failed to load XBZRLE page - len overflow! | cannot be applied |
                    Found a zero page with value 7 | equal bytes |
                    Unexpected RAM flags: 8 | mapped-ram |
                    handle_cpreg_only_in_incoming_stream: system register 0x200f3a00 in the incoming stream but unknown on the destination: fail migration | system register |
                    VQ 0 vring.num 1024 exceeds allocated max 64 | larger than the destination's |
                    VQ 0 address 0x0 inconsistent with Host index 0x100 | contradict each other |
                    VQ 0 size 0x80 < last_avail_idx 0xa - used_idx 0xb | more requests in flight |
                    get_pci_config_device: Bad config data: i=0x34 read: 98 device: 40 cmask: ff wmask: 0 w1cmask:0 | read-only byte |
                    Features 0x1c0010179bfffe7 unsupported. Allowed features: 0x179bfffe7 | does not offer |
                    Invalid value 3 expecting positive value <= 2 | larger than the destination's own |
                    load of migration failed: Invalid argument: error while loading state for instance 0x0 of device 'cpu': post load hook failed for: cpu, version_id: 22, minimum_version: 22, ret: -1 | refused them | cpu
                    CMD_PING (0x5) received with no return path | before it opened |
                    Received invalid message 0x0009 length 0x0000 | unknown message |
                    Received 'PONG' message (0x0002) withincorrect length 3 expecting 4 | wrong length |
                    Sibling indicated error 1 | told the source |
                    multifd: received packet magic 12345678 expected 11223344 | does not carry multifd |
                    multifd: received uuid 'a' and expected uuid 'b' for channel 1 | another machine |
                    multifd: received id '3' already setup! | does not expect |
                    multifd: received channel id 3 exceeds channel count 3 | does not expect |
                    CMD_POSTCOPY_LISTEN in wrong postcopy state (0) | not in their order |
                    ram_discard_range: Failed to find block 'xyz' | does not exist | xyz
                    loadvm failed during postcopy: -1 | after the switch |
                    CMD_PACKAGED: Buffer receive fail ret=1000 length=12951 | cut off |
                    MIG_RP_MSG_REQ_PAGES: Misaligned page request, start:200100 len: 4096 | invalid request |
                    ramblock 'pc.ram' bitmap size mismatch (0x1 != 0x2) | On recovery | pc.ram
                    Switchover ack pending num underflowed | did not wait for |
                    State blocked by non-migratable device '0000:00:05.0/nvme' | cannot be migrated | 0000:00:05.0/nvme
                    error: operation failed: guest CPU doesn't match specification: missing features: vmx,pcid | features of its CPU |
                    the CPU is incompatible with host CPU: Host CPU does not provide required features: avx512f | cannot run |
                    unsupported configuration: Unknown CPU model Skylake-Client-v9 | does not know |
                    unsupported configuration: domain configuration does not support video model 'qxl' | lacks the model |
                    qemu-system-x86_64: unsupported machine type: "pc-i440fx-2.0" | does not have the machine type |
                    Unsafe migration: Migration without shared storage is unsafe | may not be coherent |
                    Requested operation is not valid: domain has assigned non-USB host devices | a device of the host |
                    virtio-net: saved image requires vnet_hdr=on | feature of its back end |
                    error: failed to set MSR 0x48e to 0xfff9fffe04006172 | does not accept a register |
                    load of migration failed: Input/output error | ended too early |
                    load of migration failed: Invalid argument: Section footer error, section_id: 86 | not at the end of its section |
                    load of migration failed: No such file or directory | A subsection |
                    load of migration failed: Invalid argument: Failed to load vmstate version_id: 4, ret: -22 | could not be read |
                    error while loading state for instance 0x0 of device 'ram' | failed in this device | ram
                    qemu-system-x86_64: 5 != 4 | must be the same |
                    load of migration failed: Operation not permitted | refused its values |
                    qemu-system-x86_64: load of migration failed: Invalid argument | could not load |
                    """)
    void messageIsExplained(String line, String meaning, String subject) {
        Explanation explanation = Explanation.of(line).orElseThrow();
        assertThat(explanation.meaning()).contains(meaning);
        assertThat(explanation.cause()).isNotEmpty();
        assertThat(explanation.remedy()).isNotEmpty();
        assertThat(explanation.subject().orElse(null)).isEqualTo(subject);
    }

    /// A shell removes the quotes of a line that is pasted between quotes.
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    error while loading state for instance 0x0 of device 0000:00:16.0/pciespscsi | failed in this device | 0000:00:16.0/pciespscsi
                    error while loading state for instance 0x0 of device cpu: VM subsection cpu/timer in cpu does not exist | optional part | cpu
                    Unknown section or instance or-irq 0. Make sure that your | does not have | or-irq
                    savevm: unsupported version 21 for cpu v20 | newer than the destination's | cpu
                    Machine type received is q35 and local is pc-i440fx-11.1 | different machine types | q35
                    Unknown ramblock m1, cannot accept migration | block of memory | m1
                    """)
    void quotesMayBeMissing(String line, String meaning, String subject) {
        messageIsExplained(line, meaning, subject);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "0", "Machine type received is ", "device '", "x: 0x1 != ", "' "})
    void longLineTakesNoLongerThanItIsLong(String part) {
        String line = part.repeat(200_000 / part.length());
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> Explanation.of(line));
    }

    @Test
    void mostSpecificOfSeveralLinesIsExplained() {
        String log =
                """
                2026-11-26T10:00:00Z qemu-system-x86_64: Missing section footer for 0000:00:16.0/pciespscsi
                2026-11-26T10:00:00Z qemu-system-x86_64: load of migration failed: Invalid argument
                2026-11-26 10:00:01.000+0000: shutting down, reason=failed
                """;
        assertThat(Explanation.of(log).orElseThrow().subject()).hasValue("0000:00:16.0/pciespscsi");
    }

    @Test
    void blockOfTheStreamIsNamed() throws IOException {
        byte[] stream =
                StreamBytes.stream()
                        .configuration("pc")
                        .start(2, "ram", 0, 4)
                        .u64(0x2000 | 4)
                        .str8("m1")
                        .u64(0x2000)
                        .u64(0x10)
                        .footer(2)
                        .end(2)
                        .u64(0x10)
                        .footer(2)
                        .endOfStream()
                        .toByteArray();
        SavedMachine machine = SavedMachine.read(MachineReader.of(WireReader.of(stream)));
        Explanation explanation =
                Explanation.of("Unknown ramblock \"m1\", cannot accept migration", machine)
                        .orElseThrow();
        assertThat(explanation.places())
                .extracting(Reason::toString)
                .containsExactly(
                        "note: unknown RAM block, m1: the block that the message names; it has"
                                + " 8192 bytes (0x2000)");
    }

    @Test
    void otherLinesAreNotExplained() {
        assertThat(Explanation.of("qemu-system-x86_64: terminating on signal 15")).isEmpty();
    }

    @Test
    void placeInTheStreamIsFoundWithADump() throws IOException {
        SavedMachine stream = CheckInputs.stream();
        String changed =
                CheckInputs.DUMP.replace(
                        "\"field\": \"data\", \"version_id\": 0, \"field_exists\": false, \"size\": 4",
                        "\"field\": \"data\", \"version_id\": 0, \"field_exists\": false, \"size\":"
                                + " 5");
        Explanation explanation =
                Explanation.of(
                                "Missing section footer for uart",
                                stream,
                                CheckInputs.knownBy(changed))
                        .orElseThrow();
        assertThat(explanation.places())
                .extracting(Reason::subject)
                .containsExactly("uart.line.data");
    }

    @Test
    void sectionIsNamedIfNothingElseIsKnown() throws IOException {
        Explanation explanation =
                Explanation.of("Missing section footer for uart", CheckInputs.stream())
                        .orElseThrow();
        assertThat(explanation.places()).extracting(Reason::subject).containsExactly("uart");
    }
}
