// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FieldRunTest {
    /// Fields are written `name*array_len:size`, `@index` and `!` for a null pointer; expected is
    /// each value with the counts of its parts.
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
                                "(\\w+(?:\\[-?\\d\\])?)(?:\\*(\\d+))?(?:@(\\d+))?(?::(\\d+)|(!))")
                        .matcher(field);
        assertThat(matcher.matches()).isTrue();
        return "{\"name\":\""
                + matcher.group(1)
                + "\""
                + (matcher.group(2) == null ? "" : ",\"array_len\":" + matcher.group(2))
                + (matcher.group(3) == null ? "" : ",\"index\":" + matcher.group(3))
                + ",\"type\":\""
                + (matcher.group(5) == null ? "uint32" : "nullptr")
                + "\",\"size\":"
                + (matcher.group(5) == null ? matcher.group(4) : "1")
                + "}";
    }

    private static String text(FieldRun run) {
        return run.name()
                + "="
                + run.parts().stream()
                        .map(part -> Integer.toString(part.count()))
                        .collect(Collectors.joining("+"))
                + (run.array() ? "[]" : "");
    }
}
