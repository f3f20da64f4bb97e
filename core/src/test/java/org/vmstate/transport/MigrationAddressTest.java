// SPDX-License-Identifier: Apache-2.0
package org.vmstate.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MigrationAddressTest {
    @Test
    void tcpHasAHostAndAPort() {
        assertThat(MigrationAddress.parse("tcp:host.example:4444"))
                .isEqualTo(new MigrationAddress.Tcp("host.example", 4444));
    }

    @Test
    void emptyHostIsTheLoopbackAddress() {
        assertThat(MigrationAddress.parse("tcp::4444"))
                .isEqualTo(new MigrationAddress.Tcp("127.0.0.1", 4444));
    }

    @Test
    void literalIpv6AddressIsInBrackets() {
        assertThat(MigrationAddress.parse("tcp:[fe80::1]:1"))
                .isEqualTo(new MigrationAddress.Tcp("fe80::1", 1))
                .hasToString("tcp:[fe80::1]:1");
    }

    @Test
    void unixIsFollowedByAPath() {
        assertThat(MigrationAddress.parse("unix:/run/a:b,c"))
                .isEqualTo(new MigrationAddress.Unix(Path.of("/run/a:b,c")));
    }

    @ParameterizedTest
    @CsvSource({
        "file:/a, 0",
        "'file:/a,offset=10', 10",
        "'file:/a,offset=0x10', 16",
        "'file:/a,offset=2M', 2097152"
    })
    void fileHasAPathAndAnOffset(String text, long offset) {
        assertThat(MigrationAddress.parse(text))
                .isEqualTo(new MigrationAddress.File(Path.of("/a"), offset));
    }

    @Test
    void execIsFollowedByACommand() {
        assertThat(MigrationAddress.parse("exec:cat > 'a b'"))
                .isEqualTo(new MigrationAddress.Exec("cat > 'a b'"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "4444",
                "tcp:",
                "tcp:host",
                "tcp:host:",
                "tcp:host:x",
                "tcp:host:-1",
                "tcp:host:65536",
                "tcp:host:99999999999999999999",
                "tcp:::1:4444",
                "tcp:[::1]",
                "tcp:[::1:4444",
                "tcp:[host]:4444",
                "tcp:host:4444,to=5000",
                "tcp:a b:1",
                "unix:",
                "file:",
                "file:,offset=1",
                "file:/a,offset=",
                "file:/a,offset=-1",
                "file:/a,offset=9999999999999999999T",
                "exec:",
                "exec: ",
                "fd:3",
                "rdma:host:1"
            })
    void otherTextIsRefusedWithTheTextAndTheReason(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MigrationAddress.parse(text))
                .withMessageStartingWith(text + ": ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp:host:1", "tcp:[::1]:1", "unix:/a", "file:/a,offset=5", "exec:cat"})
    void textOfAnAddressIsParsedAsTheSameAddress(String text) {
        MigrationAddress address = MigrationAddress.parse(text);

        assertThat(address).hasToString(text);
        assertThat(MigrationAddress.parse(address.toString())).isEqualTo(address);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp::1",
                "tcp:localhost:1",
                "tcp:127.9.9.9:1",
                "tcp:[::1]:1",
                "unix:/a",
                "file:/a",
                "exec:cat"
            })
    void addressOfThisMachineIsLocal(String text) {
        assertThat(MigrationAddress.parse(text).local()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp:0.0.0.0:1", "tcp:[::]:1", "tcp:192.0.2.1:1", "tcp:host.example:1"})
    void otherAddressIsNotLocal(String text) {
        assertThat(MigrationAddress.parse(text).local()).isFalse();
    }
}
