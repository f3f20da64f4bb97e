// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// Saves and loads a state, each in a JVM that uses only one state and one serializer.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Benchmarks {
    /// The name of the state.
    @Param("scalars")
    public String state = "";

    /// The name of the serializer.
    @Param("compiled")
    public String by = "";

    private @Nullable Contender contender;

    /// Creates the serializer.
    @Setup
    public void setup() throws Exception {
        contender = Contenders.of(state, by);
    }

    /// Saves once.
    @Benchmark
    public int save() throws Exception {
        return contender().save();
    }

    /// Loads once.
    @Benchmark
    public Object load() throws Exception {
        return contender().load();
    }

    private Contender contender() {
        return Objects.requireNonNull(contender);
    }
}
