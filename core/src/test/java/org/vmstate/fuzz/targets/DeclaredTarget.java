// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.DeclaredLoads;
import org.vmstate.fuzz.Sample;
import org.vmstate.fuzz.Structure;
import org.vmstate.fuzz.Target;
import org.vmstate.vectors.VectorLoads;

/// Loads states with declared descriptions. Compiled code and the plan must have the same result,
/// as must loads into objects and into native memory, and the loaded states must be saved as the
/// same bytes.
///
/// ```
/// u16 description   u8 version << 1 | bytewise   body           bytewise: 1 for one byte per read
/// ```
final class DeclaredTarget implements Target {
    private static final int HEAD_BYTES = 3;
    private static final int MAX_NUMBERS = 64;
    private static final int VERSIONS = 8;

    /// Created on first use.
    private @Nullable Loads created;

    private record Loads(DeclaredLoads codecs, VectorLoads kinds) {}

    private Loads loads() {
        Loads loads = created;
        if (loads == null) {
            loads = new Loads(new DeclaredLoads(), new VectorLoads());
            created = loads;
        }
        return loads;
    }

    @Override
    public String name() {
        return "declared";
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        DeclaredLoads codecs = loads().codecs;
        VectorLoads kinds = loads().kinds;
        List<byte[]> seeds = new ArrayList<>();
        for (int i = 0; i < codecs.count(); i++) {
            seeds.add(input(i, 3, codecs.body(i)));
        }
        for (int i = 0; i < kinds.count(); i++) {
            for (int version = 1; version <= 3; version++) {
                seeds.add(input(codecs.count() + i, version, kinds.body(i)));
            }
        }
        return seeds;
    }

    private static byte[] input(int description, int version, byte[] body) {
        byte[] input = new byte[HEAD_BYTES + body.length];
        input[0] = (byte) (description >> 8);
        input[1] = (byte) description;
        input[2] = (byte) (version << 1);
        System.arraycopy(body, 0, input, HEAD_BYTES, body.length);
        return input;
    }

    @Override
    public Structure structure(byte[] input) {
        Structure structure = new Structure();
        if (input.length < HEAD_BYTES) {
            return structure;
        }
        structure.number(2, 1);
        int end = Math.min(input.length, HEAD_BYTES + MAX_NUMBERS);
        for (int width = 1; width <= 8; width *= 2) {
            for (int at = HEAD_BYTES; at + width <= end; at++) {
                structure.number(at, width);
            }
        }
        for (int at = HEAD_BYTES; at < end; at++) {
            structure.element(at, Math.min(input.length, at + 4));
        }
        return structure;
    }

    @Override
    public Cost cost() {
        return new Cost(4 << 20, 4_000, 2_000_000, 4_000);
    }

    @Override
    public void run(byte[] input, Sample sample) throws IOException {
        if (input.length < HEAD_BYTES) {
            return;
        }
        DeclaredLoads codecs = loads().codecs;
        VectorLoads kinds = loads().kinds;
        int all = codecs.count() + kinds.count();
        int description = ((input[0] & 0xff) << 8 | (input[1] & 0xff)) % all;
        int version = (input[2] & 0xff) >> 1;
        byte[] body = Arrays.copyOfRange(input, HEAD_BYTES, input.length);
        if (description < codecs.count()) {
            boolean trickling = (input[2] & 1) != 0;
            codecs.load(description, version % VERSIONS, trickling, body);
        } else {
            kinds.load(description - codecs.count(), version % VERSIONS, body, sample);
        }
    }
}
