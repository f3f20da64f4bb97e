// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.vmstate.VMStateDescription;
import org.vmstate.fuzz.Sample;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Loads with the descriptions of the vectors into each kind of state; the results must be equal.
public final class VectorLoads {
    private static final ReadLimits LIMITS =
            ReadLimits.builder()
                    .maxNesting(16)
                    .maxElements(1 << 12)
                    .maxBufferBytes(1 << 16)
                    .build();

    /// The memory of the states is freed after this number of loads.
    private static final int FORGOTTEN_AFTER = 1_000;

    private final List<Vectors.Case> cases;
    private final List<List<Declared<?>>> declared = new ArrayList<>();
    private int loads;

    /// The descriptions of the vectors, except those that belong to machines.
    public VectorLoads() {
        cases = Vectors.cases("index.json").stream().filter(c -> !c.passesDescriptors()).toList();
        for (Vectors.Case vector : cases) {
            declared.add(
                    vector.kinds()
                            .<Declared<?>>map(k -> declared(vector, k.getPayload()))
                            .toList());
        }
    }

    private static <S> Declared<S> declared(Vectors.Case vector, Kind<S> kind) {
        return new Declared<>(
                vector,
                kind,
                new Declarations<>(vector.descriptions(), kind).get(vector.description()),
                Emptied.state(
                        vector.descriptions(),
                        vector.descriptions().get(vector.description()),
                        vector.map("state")));
    }

    /// The number of vectors.
    public int count() {
        return cases.size();
    }

    /// The bytes of a vector.
    public byte[] body(int vector) {
        return Vectors.bytes(cases.get(vector).name() + ".bin");
    }

    /// Loads bytes at a version into memory, and into a sample of the other kinds of state.
    public void load(int vector, int version, byte[] bytes, Sample sample) throws IOException {
        if (++loads % FORGOTTEN_AFTER == 0) {
            declared.forEach(kinds -> kinds.forEach(d -> d.kind.forget()));
        }
        List<Declared<?>> kinds = declared.get(vector);
        Loaded last = kinds.getLast().load(bytes, version);
        for (Declared<?> kind : kinds.subList(0, kinds.size() - 1)) {
            if (sample.takes(kinds.size() - 1)) {
                assertThat(kind.load(bytes, version)).isEqualTo(last);
            }
        }
    }

    /// The outcome of a load.
    ///
    /// @param refusal the message, empty if it succeeded
    /// @param state the loaded state, or its part up to the failure
    /// @param saved the bytes saved from it, or the message of the failure
    private record Loaded(String refusal, Map<String, Object> state, String saved) {}

    /// A description for a kind of state.
    private record Declared<S>(
            Vectors.Case vector,
            Kind<S> kind,
            VMStateDescription<S> description,
            Map<String, Object> emptied) {
        Loaded load(byte[] bytes, int version) throws IOException {
            S state = kind.state(vector.description(), emptied);
            String refusal = "";
            try {
                description.load(WireReader.of(bytes, 0, LIMITS), state, version);
            } catch (VMStateException e) {
                refusal = e.toString();
            }
            return new Loaded(refusal, json(state), saved(description, state));
        }

        /// The JSON value of a state; empty if its counts exceed its arrays.
        private Map<String, Object> json(S state) {
            try {
                return kind.json(vector.description(), state);
            } catch (IndexOutOfBoundsException e) {
                return Map.of();
            }
        }

        private static <S> String saved(VMStateDescription<S> description, S state)
                throws IOException {
            WireWriter out = WireWriter.toMemory();
            String refusal = "";
            try {
                description.save(out, state);
            } catch (VMStateException e) {
                refusal = e.toString();
            }
            return HexFormat.of().formatHex(out.toByteArray()) + refusal;
        }
    }
}
