// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FieldRunTest {
    /// Fields are written as `name*array_len:size`, `@index`, `!` for `nullptr` and `?` for
    /// `ptr-marker`. The expected text contains each value with the counts of its fields.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    a:4 b:2                      | a=1 b=1              | 6
                    a*3:4 b:2                    | a=3[] b=1            | 14
                    a@0:3 a@1:1 a:3 b:1          | a=1+1+1[] b=1        | 8
                    p*4! z:1                     | p=4[] z=1            | 5
                    p*4:4 p*3! z:1               | p=1+3[] z=1          | 8
                    p*6:4 p! p:4 p! p:4 p! z:1   | p=1+1+1+1+1+1[] z=1  | 16
                    p*12:4 p*4! p*4:4            | p=4+4+4[]            | 36
                    p*4! p*4:4 p*4!              | p=4+4+4[]            | 24
                    p@0:1 p@1:19 p*2! p*3! p:1   | p=1+1+1+1+1[]        | 23
                    p[0]*3:4 p[-1]! p[0]:4 p[1]*3:4 p[-1]! p[1]:4 | p[0]=1+1+1[] p[1]=1+1+1[] | 18
                    p[-1]*2! p[0]*2:4 p[-1]! z:1 | p[0]=2+2+1[] z=1     | 12
                    p? z:1                       | p=1 z=1              | 2
                    p*254? p:768 p? z:1          | p=254+1+1[] z=1      | 1024
                    p*256:768 p*253? p:768 p?    | p=1+253+1+1[]        | 1790
                    p*256:3 p*252?               | p=4+252[]            | 264
                    p*2? p*3:4                   | p=2+3[]              | 14
                    p*6:4 p? p:4 p? p:4 p? z:1   | p=1+1+1+1+1+1[] z=1  | 16
                    p? p? p? z:1                 | p=1+1+1[] z=1        | 4
                    p? p:24 p? p:24 p? p?        | p=1+1+1+1+1+1[]      | 52
                    p[-1]? p[0]:4 p[-1]? p[1]:4 p[-1]? | p[0]=1+1+1[] p[1]=1+1[] | 11
                    """)
    void entriesOfOneArrayAreCountedRight(String fields, String runs, long size) throws Exception {
        String json =
                java.util.Arrays.stream(fields.split(" "))
                        .map(FieldRunTest::json)
                        .collect(Collectors.joining(","));
        StructDescription body =
                Descriptions.parse(
                                "{\"page_size\":4096,\"devices\":[{\"name\":\"d\",\"instance_id\":0,\"fields\":["
                                        + json
                                        + "]}]}")
                        .devices()
                        .getFirst()
                        .body();

        assertThat(body.runs().stream().map(FieldRunTest::text).collect(Collectors.joining(" ")))
                .isEqualTo(runs);
        assertThat(body.bodySize()).isEqualTo(size);
    }

    private static String json(String field) {
        var matcher =
                java.util.regex.Pattern.compile(
                                "(\\w+(?:\\[-?\\d\\])?)(?:\\*(\\d+))?(?:@(\\d+))?(?::(\\d+)|([!?]))")
                        .matcher(field);
        assertThat(matcher.matches()).isTrue();
        return "{\"name\":\""
                + matcher.group(1)
                + "\""
                + (matcher.group(2) == null ? "" : ",\"array_len\":" + matcher.group(2))
                + (matcher.group(3) == null ? "" : ",\"index\":" + matcher.group(3))
                + ",\"type\":\""
                + type(matcher.group(5))
                + "\",\"size\":"
                + (matcher.group(5) == null ? matcher.group(4) : "1")
                + "}";
    }

    private static String type(@Nullable String mark) {
        return mark == null ? "uint32" : mark.equals("!") ? "nullptr" : "ptr-marker";
    }

    private static String text(FieldRun run) {
        return run.name()
                + "="
                + run.fields().stream()
                        .map(counted -> Integer.toString(counted.count()))
                        .collect(Collectors.joining("+"))
                + (run.array() ? "[]" : "");
    }
}
