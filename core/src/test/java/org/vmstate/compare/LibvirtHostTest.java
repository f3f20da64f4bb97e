// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.VMStateException;

final class LibvirtHostTest {
    private static final String HOST =
            """
            <domainCapabilities>
              <machine>pc-i440fx-7.2</machine>
              <arch>x86_64</arch>
              <cpu>
                <mode name='host-model' supported='yes'>
                  <model fallback='forbid'>Skylake-Client-IBRS</model>
                  <feature policy='require' name='ssbd'/>
                  <feature policy='disable' name='mpx'/>
                </mode>
                <mode name='custom' supported='yes'>
                  <model usable='yes' vendor='Intel'>Skylake-Client-IBRS</model>
                  <model usable='no' vendor='Intel'>Cooperlake</model>
                  <blockers model='Cooperlake'><feature name='avx512f'/></blockers>
                </mode>
              </cpu>
              <devices>
                <video supported='yes'>
                  <enum name='modelType'><value>vga</value><value>virtio</value></enum>
                </video>
              </devices>
            </domainCapabilities>""";

    private static CheckResult check(String cpu, String video) throws IOException {
        String domain =
                """
                <domain type='kvm'>
                  <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>
                  <cpu mode='custom'>%s</cpu>
                  <devices><video><model type='%s'/></video></devices>
                </domain>"""
                        .formatted(cpu, video);
        return MigrationCheck.check(
                CheckInputs.stream(),
                domain,
                Destination.builder().libvirt(LibvirtHost.parse(HOST)).build());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    <model>Skylake-Client-IBRS</model>| vga| LOADS
                    <model>Skylake-Client-IBRS</model><feature policy='require' name='ssbd'/>| vga| LOADS
                    <model>Skylake-Client-IBRS</model><feature policy='require' name='vmx'/>| vga| REFUSED
                    <model>Skylake-Client-IBRS</model><feature policy='require' name='mpx'/>| vga| REFUSED
                    <model>Skylake-Client-IBRS</model><feature policy='disable' name='mpx'/>| vga| LOADS
                    <model>Cooperlake</model>| vga| REFUSED
                    <model>Unheard-Of</model>| vga| REFUSED
                    <feature policy='require' name='vmx'/>| vga| UNDECIDED
                    <model>Skylake-Client-IBRS</model>| qxl| REFUSED
                    """)
    void domainIsCompared(String cpu, String video, Verdict verdict) throws IOException {
        assertThat(check(cpu, video).verdict()).isEqualTo(verdict);
    }

    @Test
    void missingFeaturesAreNamedInLibvirtsWords() throws IOException {
        CheckResult result =
                check(
                        "<model>Skylake-Client-IBRS</model><feature policy='require' name='vmx'/>",
                        "vga");
        assertThat(result.reasons().getFirst().words().orElseThrow().newer())
                .endsWith("missing features: vmx");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    <!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><domainCapabilities>&e;</domainCapabilities>
                    <domain/>
                    <domainCapabilities>
                    """)
    void otherXmlIsRefused(String xml) {
        assertThatThrownBy(() -> LibvirtHost.parse(xml)).isInstanceOf(CorruptException.class);
    }

    @Test
    void emptyCapabilitiesDecideNothing() throws VMStateException, IOException {
        CheckResult result =
                MigrationCheck.check(
                        CheckInputs.stream(),
                        "<domain><cpu mode='custom'><model>A</model></cpu></domain>",
                        Destination.builder()
                                .libvirt(LibvirtHost.parse("<domainCapabilities/>"))
                                .build());
        assertThat(result.verdict()).isEqualTo(Verdict.LOADS);
    }
}
