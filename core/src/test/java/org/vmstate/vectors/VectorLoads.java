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

/// Loads by the descriptions of the vectors into each kind of state, which must come to the same.
public final class VectorLoads {
    private static final ReadLimits LIMITS =
            ReadLimits.builder()
                    .maxNesting(16)
                    .maxElements(1 << 12)
                    .maxBufferBytes(1 << 16)
                    .build();

    /// After so many loads the memory of the states is given back.
    private static final int FORGOTTEN_AFTER = 1_000;

    private final List<Vectors.Case> cases;
    private final List<List<Declared<?>>> declared = new ArrayList<>();
    private int loads;

    /// The descriptions of the vectors that no machine's descriptors go with.
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

    /// How many vectors there are.
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

    /// What came of a load.
    ///
    /// @param refusal empty if there was none
    /// @param state what was loaded, until then
    /// @param saved what is saved of it, or why it is not
    private record Loaded(String refusal, Map<String, Object> state, String saved) {}

    /// A description for one kind of state.
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

        /// What JSON shows of a state; empty if it shows counts that its arrays do not have.
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
