// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmstate.wire.ReadLimits;

final class StatePatternTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    cpu                  | cpu                        | true
                    cpu                  | cpu#1                      | false
                    cpu*                 | cpu#1                      | true
                    cpu*                 | cpu_common                 | true
                    cpu*                 | cpu.env                    | false
                    *                    | "0000:00:03.0/e1000"#3     | true
                    *                    | cpu.env                    | false
                    0000:00:*/e1000      | "0000:00:03.0/e1000"       | true
                    *e1000               | "0000:00:03.0/e1000"       | true
                    *e1000/tso*          | "0000:00:03.0/e1000"/tso_state | true
                    *#1                  | cpu#1                      | true
                    cpu#*                | cpu#12                     | true
                    cpu#0                | cpu                        | true
                    cpu.env.*            | cpu.env.regs               | true
                    cpu.env.*            | cpu.env.regs[1]            | false
                    cpu.env.r*s          | cpu.env.regs               | true
                    cpu.env.regs[*]      | cpu.env.regs[31]           | true
                    cpu.env.regs[*]      | cpu.env.regs               | false
                    cpu.env.regs[1*]     | cpu.env.regs[12]           | true
                    cpu.env.regs[3]      | cpu.env.regs[31]           | false
                    t.map[*].key.lo      | t.map[5].key.lo            | true
                    t.map[*]             | t.map[5].key               | false
                    t.map[*].*           | t.map[5].value             | true
                    **                   | cpu                        | true
                    **                   | cpu#1.env.regs[3]          | true
                    **.regs[*]           | cpu.env.regs[3]            | true
                    **.regs[*]           | cpu.env.xregs[3]           | false
                    **regs[*]            | cpu.env.xregs[3]           | true
                    cpu.**               | cpu                        | true
                    cpu.**               | cpu.env.regs[3]            | true
                    cpu.**               | cpu/sub.x                  | true
                    cpu.**               | cpu#1.env                  | false
                    cpu.**               | cpu_common.env             | false
                    cpu*.**              | cpu#1.env                  | true
                    cpu.**.x             | cpu.x                      | true
                    cpu.**.x             | cpu.env[1]/sub.x           | true
                    cpu.**.x             | cpu.ax                     | false
                    cpu/**.x             | cpu.env.x                  | true
                    **/sub.**.y          | a.b/sub.c.y                | true
                    **.a.**.b.**         | s.a.c.b.d                  | true
                    **.a.**.b.**         | s.b.c.a.d                  | false
                    "a.b".c              | "a.b".c                    | true
                    "a.b".c              | a.b.c                      | false
                    a.b.c                | "a.b".c                    | true
                    s."*"                | s."*"                      | true
                    s."*"                | s.x                        | false
                    s.\"say \\\"x\\\"\"  | s.\"say \\\"x\\\"\"        | true
                    "cpu#1"              | cpu#1                      | false
                    "cpu#1"              | "cpu#1"                    | true
                    s.""                 | s.""                       | true
                    s.""                 | s.x                        | false
                    a[1]."value"         | a[1]."value"               | true
                    a[1].value           | a[1]."value"               | true
                    """)
    void aPatternMatchesPaths(String pattern, String path, boolean matches) {
        assertThat(StatePattern.of(pattern).matches(StatePath.parse(path))).isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    struct-nested    | dev.*        | dev.a dev.mid dev.z
                    struct-nested    | **.y         | dev.mid.in.y
                    struct-nested    | dev.mid.**   | dev.mid dev.mid.m dev.mid.in dev.mid.in.x dev.mid.in.y dev.mid.n
                    qtailq-3         | dev.q[*].b   | dev.q[0].b dev.q[1].b dev.q[2].b
                    qtailq-3         | **[1].*      | dev.q[1].a dev.q[1].b
                    subsections-two  | dev/*        | dev/one dev/two
                    subsections-two  | dev/t/subs/* | dev/one dev/two
                    gtree-struct-key-4 | dev.t[*].key.lo | dev.t[0].key.lo dev.t[1].key.lo dev.t[2].key.lo dev.t[3].key.lo
                    gtree-struct-key-4 | dev.t[2].* | dev.t[2].key dev.t[2].value
                    pointers-to-struct-alternating | dev.p[*] | dev.p[0] dev.p[1] dev.p[2] dev.p[3] dev.p[4] dev.p[5]
                    pointers-to-struct-alternating | dev.p[2]* | dev.p[2]
                    pointers-to-struct-alternating | dev.p[7] |
                    """)
    void theMatchingNodesOfASectionAreFound(String vector, String pattern, String paths)
            throws Exception {
        StructNode root = Vectors.named(vector).decode().root();

        assertThat(
                        StatePattern.of(pattern).find(root).stream()
                                .map(node -> node.path().plain())
                                .collect(Collectors.joining(" ")))
                .isEqualTo(paths == null ? "" : paths);
    }

    @Test
    void whatIsInAMatchingNodeIsNotOutermost() throws Exception {
        StructNode root = Vectors.named("struct-nested").decode().root();

        assertThat(StatePattern.of("dev.mid.**").findOutermost(root))
                .extracting(node -> node.path().plain())
                .containsExactly("dev.mid");
    }

    @ParameterizedTest
    @CsvSource({
        "cpu,cpu,false",
        "cpu.env,cpu,true",
        "cpu*,cpu,false",
        "**,cpu,true",
        "*.env,cpu,true",
        "*.env,timer,true",
        "cpu.env,timer,false",
        "cpu.**,cpu,true"
    })
    void aPatternTellsWhetherItLeadsIntoASection(String pattern, String section, boolean leads) {
        assertThat(StatePattern.of(pattern).leadsInto(new StatePath.Section(section, 0)))
                .isEqualTo(leads);
    }

    @Test
    void aQuoteThatIsNotClosedIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> StatePattern.of("a.\"b"));
    }

    @Test
    @Timeout(20)
    void manyWildcardsOverHostileNamesTakeLinearTime() throws Exception {
        String name = "a".repeat(ReadLimits.DEFAULT.maxNameLength());
        StructNode root =
                StatePathTest.section(
                                "{\"name\": \"" + name + "\", \"type\": \"uint8\", \"size\": 1}",
                                "01")
                        .root();

        assertThat(StatePattern.of("**a**a*a**".repeat(20) + "b").find(root)).isEmpty();
        assertThat(StatePattern.of("dev." + "*a".repeat(50) + "b").find(root)).isEmpty();
        assertThat(StatePattern.of("dev." + "**.".repeat(50) + "b").find(root)).isEmpty();
    }
}
