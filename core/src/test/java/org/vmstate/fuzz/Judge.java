// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/// Runs a target on one input and decides whether the result is a finding.
final class Judge {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Target target;
    private final Sample sample;
    private long allocated;

    Judge(Target target, Sample sample) {
        this.target = target;
        this.sample = sample;
    }

    /// A finding.
    ///
    /// @param kind equal for findings that probably have the same cause
    record Verdict(String kind, Throwable cause) {}

    /// Runs the target on an input; returns empty if there is no finding.
    Optional<Verdict> verdict(byte[] input) {
        Optional<Verdict> first = once(input, sample);
        if (first.isPresent() && first.get().cause() instanceof CostException) {
            // The execution may also have loaded or compiled classes. All oracles run twice, so
            // that
            // the second time none of them does.
            once(input, Sample.ALL);
            return once(input, Sample.ALL);
        }
        return first;
    }

    /// Describes the costs of the last execution.
    String costs() {
        return allocated + " bytes allocated, " + Probes.blocks() + " basic blocks run";
    }

    private Optional<Verdict> once(byte[] input, Sample oracles) {
        Target.Cost cost = target.cost();
        Probes.clear();
        allocated = 0;
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            target.run(input, oracles);
        } catch (Throwable e) {
            return Optional.of(new Verdict(kind(e), e));
        }
        allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        if (allocated > cost.bytes() + cost.bytesPerByte() * input.length) {
            return cost("memory", allocated + " bytes allocated", input);
        }
        if (Probes.blocks() > cost.blocks() + cost.blocksPerByte() * input.length) {
            return cost("time", Probes.blocks() + " basic blocks run", input);
        }
        return Optional.empty();
    }

    private static Optional<Verdict> cost(String kind, String what, byte[] input) {
        return Optional.of(
                new Verdict(
                        kind,
                        new CostException(what + " for " + input.length + " bytes of input")));
    }

    /// Returns the type of an exception and its topmost three frames in the code under test.
    private static String kind(Throwable e) {
        StringBuilder kind = new StringBuilder(e.getClass().getSimpleName());
        int frames = 0;
        for (StackTraceElement frame : e.getStackTrace()) {
            if (frame.getClassName().startsWith("org.vmstate.") && frames < 3) {
                kind.append(' ')
                        .append(frame.getFileName())
                        .append(':')
                        .append(frame.getLineNumber());
                frames++;
            }
        }
        return kind.toString();
    }

    /// Thrown if an execution costs more than its target allows.
    private static final class CostException extends Exception {
        CostException(String message) {
            super(message);
        }
    }
}
