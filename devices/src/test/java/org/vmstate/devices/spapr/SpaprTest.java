// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.spapr;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

final class SpaprTest {
    private static byte[] vector(String name) throws IOException {
        try (InputStream in = SpaprTest.class.getResourceAsStream("/vectors/" + name)) {
            return in.readAllBytes();
        }
    }

    @Test
    void ccsListIsThatOfQemusEngine() throws IOException {
        CcsList list = new CcsList();
        list.ccsList.insertTail(connector(0x40000001, 0, 1));
        list.ccsList.insertTail(connector(0x80000002, 488, 2));
        WireWriter out = WireWriter.toMemory();
        VmDescWriter text = new VmDescWriter().startObject();
        CcsList.VMSTATE.save(out, list, text);
        assertThat(out.toByteArray()).isEqualTo(vector("spapr-ccs-list.bin"));
        assertThat(text.endObject().toString())
                .isEqualTo(new String(vector("spapr-ccs-list.vmdesc.json"), UTF_8).strip());
        CcsList loaded = CcsList.VMSTATE.load(WireReader.of(out.toByteArray()), CcsList::new, 1);
        assertThat(loaded.ccsList).extracting(c -> c.fdtOffset).containsExactly(0, 488);
    }

    private static ConfigureConnector connector(int index, int offset, int depth) {
        ConfigureConnector connector = new ConfigureConnector();
        connector.drcIndex = index;
        connector.fdtOffset = offset;
        connector.fdtDepth = depth;
        return connector;
    }

    /// The order and names in a stream of QEMU 11.1 with these capabilities set.
    @Test
    void capabilitiesHaveTheNamesAndTheOrderOfQemu() throws IOException {
        SpaprMachine spapr = new SpaprMachine();
        for (SpaprCapability capability : SpaprCapability.values()) {
            spapr.setCapability(capability, 1);
        }
        spapr.fdtSize = 1;
        spapr.fdtBlob = new byte[1];
        VmDescWriter text = new VmDescWriter().startObject();
        SpaprMachine.VMSTATE.save(WireWriter.toMemory(), spapr, text);
        assertThat(text.endObject().toString())
                .containsSubsequence(
                        "\"spapr/cap/vsx\", \"version\": 1, \"fields\": [{\"name\": \"mig.caps[0x01]\"",
                        "\"spapr/cap/dfp\", \"version\": 1, \"fields\": [{\"name\": \"mig.caps[0x02]\"",
                        "\"spapr/cap/cfpc\", \"version\": 1, \"fields\": [{\"name\": \"mig.caps[0x03]\"",
                        "\"spapr/cap/ibs\", \"version\": 1, \"fields\": [{\"name\": \"mig.caps[0x05]\"",
                        "\"spapr/cap/hpt_maxpagesize\", \"version\": 1, \"fields\": [{\"name\": \"mig.caps[0x06]\"",
                        "\"spapr_dtb\"",
                        "\"spapr/cap/large_decr\", \"version\": 1, \"fields\": [{\"name\": \"mig.caps[0x08]\"",
                        "\"spapr/cap/ccf_assist\", \"version\": 1, \"fields\": [{\"name\": \"mig.caps[0x09]\"",
                        "\"spapr/cap/fwnmi\", \"version\": 1, \"fields\": [{\"name\": \"mig.caps[0x0A]\"",
                        "\"spapr/cap/ail_mode_3\", \"version\": 1, \"fields\": [{\"name\": \"mig.caps[0x0C]\"",
                        "\"spapr/cap/nested_papr\", \"version\": 1, \"fields\": [{\"name\": \"mig.caps[0x0D]\"",
                        "\"spapr/cap/dawr1\", \"version\": 1, \"fields\": [{\"name\": \"mig.caps[0x0E]\"");
    }

    @Test
    void stateThatIsLoadedAgainHasNoEventsTwice() throws IOException {
        SpaprMachine spapr = new SpaprMachine();
        spapr.pendingEvents.insertTail(new EventLogEntry());
        WireWriter out = WireWriter.toMemory();
        SpaprMachine.VMSTATE.save(out, spapr);
        SpaprMachine.VMSTATE.load(WireReader.of(out.toByteArray()), spapr, 3);
        assertThat(spapr.pendingEvents).hasSize(1);
    }
}
