// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.fuzz.Sample;
import org.vmstate.fuzz.Structure;
import org.vmstate.fuzz.Target;
import org.vmstate.fuzz.targets.Oracle.Outcome;
import org.vmstate.savevm.Machine;
import org.vmstate.savevm.SaveStateRegistry;
import org.vmstate.testing.TrickleChannel;
import org.vmstate.wire.WireReader;

/// Streams that are loaded into a machine: it is then a machine that can be saved and loaded again,
/// or as before, or failed with all devices as before.
final class MachineTarget implements Target {
    /// Made when the target is used.
    private @Nullable Victims made;

    /// The machine that is loaded into, a second one, and the streams of the first one before.
    private static final class Victims {
        private final FuzzedBoard board = new FuzzedBoard().fill(5);
        private final FuzzedBoard second = new FuzzedBoard().fill(6);
        private final byte[] before = board.machine.save();
        private final byte[] devices = ofDevices(board);

        Victims() throws IOException {}
    }

    private Victims victims() throws IOException {
        Victims victims = made;
        if (victims == null) {
            victims = new Victims();
            made = victims;
        }
        return victims;
    }

    @Override
    public String name() {
        return "machine";
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (int seed = 0; seed < 4; seed++) {
            seeds.add(new FuzzedBoard().fill(seed).machine.save());
            seeds.add(new FuzzedBoard().fill(seed).older().save());
        }
        seeds.add(ofDevices(new FuzzedBoard().fill(3)));
        return seeds;
    }

    @Override
    public Structure structure(byte[] input) {
        return StreamStructure.of(input);
    }

    @Override
    public Cost cost() {
        return new Cost(8 << 20, 2_000, 1_000_000, 4_000);
    }

    @Override
    public void run(byte[] input, Sample sample) throws IOException {
        Victims victims = victims();
        FuzzedBoard board = victims.board;
        try {
            load(victims, input, WireReader.of(input, 0, Oracle.LIMITS));
            if (sample.takes(4)) {
                restore(victims);
                int step = 1 + input.length % 97;
                load(victims, input, WireReader.of(new TrickleChannel(input, step), Oracle.LIMITS));
            }
        } finally {
            restore(victims);
        }
        Oracle.check(!board.machine.failed(), "failed after a load");
    }

    /// Loads a stream and checks what it leaves.
    private static void load(Victims victims, byte[] input, WireReader in) throws IOException {
        FuzzedBoard board = victims.board;
        Outcome<Boolean> outcome =
                Outcome.of(
                        input.length,
                        () -> {
                            board.machine.load(in);
                            return true;
                        });
        if (outcome.refusal() == null) {
            Oracle.check(!board.machine.failed(), "failed without an exception");
            byte[] loaded = board.machine.save();
            victims.second.machine.load(loaded);
            Oracle.same(victims.second.machine.save(), loaded, "saved, loaded and saved again");
        } else if (board.machine.failed()) {
            Oracle.same(ofDevices(board), victims.devices, "the devices of a machine that failed");
        } else {
            Oracle.same(board.machine.save(), victims.before, "a machine that refused");
        }
    }

    private static void restore(Victims victims) throws IOException {
        victims.board.machine.load(victims.before);
    }

    /// The stream of the devices that are saved whole, even if the memory has failed.
    private static byte[] ofDevices(FuzzedBoard board) throws IOException {
        Machine devices = board.build();
        SaveStateRegistry registry = devices.registry();
        registry.unregister(registry.find("ram", 0).orElseThrow());
        registry.unregister(registry.find("steps", 0).orElseThrow());
        return devices.save();
    }
}
