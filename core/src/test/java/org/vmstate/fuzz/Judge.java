// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/// Runs a target on one input and says what promise was broken, if any.
final class Judge {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Target target;
    private final Sample sample;
    private long allocated;

    Judge(Target target, Sample sample) {
        this.target = target;
        this.sample = sample;
    }

    /// A broken promise.
    ///
    /// @param kind the same for findings that are likely to have one cause
    record Verdict(String kind, Throwable cause) {}

    /// The verdict on an input; empty if all promises are kept.
    Optional<Verdict> verdict(byte[] input) {
        Optional<Verdict> first = once(input);
        // what costs too much may be classes that were loaded: asked again
        return first.isPresent() && first.get().cause() instanceof CostException
                ? once(input)
                : first;
    }

    /// What the last execution cost.
    String costs() {
        return allocated + " bytes allocated, " + Probes.blocks() + " basic blocks run";
    }

    private Optional<Verdict> once(byte[] input) {
        Target.Cost cost = target.cost();
        Probes.clear();
        allocated = 0;
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            target.run(input, sample);
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

    /// The type and the places in the code under test that it went through.
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

    /// An execution costs more than its target allows.
    private static final class CostException extends Exception {
        CostException(String message) {
            super(message);
        }
    }
}
