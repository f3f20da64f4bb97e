// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.vmstate.container.StreamFile;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.state.LeafNode;
import org.vmstate.state.LeafText;
import org.vmstate.state.NullNode;
import org.vmstate.state.StateNode;
import org.vmstate.tool.show.Selection;
import org.vmstate.wire.Printable;
import org.vmstate.wire.WireWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vmstate get`: prints a value, as text or as its bytes.
@Command(
        name = "get",
        mixinStandardHelpOptions = true,
        header = "Prints a value of a stream, as text or as its bytes.",
        customSynopsis = {
            "Examples:",
            "  vmstate get vm.mig timer.cpu_clock_offset          one value",
            "  vmstate get vm.mig '*usb-redir.device_info.speed'  of whichever device has it",
            "  vmstate get vm.mig 'cpu*.env.regs[*]'              several: PATH=VALUE lines, as 'vmstate set' takes them",
            "  vmstate get vm.mig tpm-emulator.permanent.buffer --raw > state.bin",
            "",
            "Usage: vmstate get FILE PATH [--raw] [OPTION…]"
        },
        synopsisHeading = "",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "A PATH is as of 'vmstate show'. Numbers are printed in decimal, bytes in hexadecimal.",
            "Exit codes: 0 fine, 2 usage (also if nothing has the path), 3 malformed input, 4 I/O error."
        })
final class GetCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(
            index = "0",
            paramLabel = "FILE",
            description = "A stream or its URL; - is standard input.")
    private String file = "";

    @Parameters(index = "1", paramLabel = "PATH", description = "A value, or a device.")
    private String path = "";

    @Option(
            names = "--raw",
            description = "Write the bytes of the value as they are in the stream.")
    private boolean raw;

    @Mixin private InputOptions input = new InputOptions();

    GetCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, UsageException {
        try (StreamFile opened = Input.open(file, input.chosen(), terminal)) {
            SavedMachine machine =
                    SavedMachine.read(
                            MachineReader.overview(
                                    opened.reader().seekable()
                                            ? opened.reader()
                                            : opened.reader().retained()));
            List<Selection> selections = Selection.of(machine, path);
            boolean found =
                    !selections.isEmpty()
                            && selections.stream().allMatch(s -> raw || s.node().isPresent());
            if (machine.failure().isPresent() && !found) {
                throw machine.failure().get().within(Input.label(file));
            }
            if (selections.isEmpty()) {
                throw Selection.nothingAt(machine, path);
            }
            if (raw) {
                raw(selections);
            } else {
                text(selections);
            }
            if (machine.failure().isPresent()) {
                throw machine.failure().get().within(Input.label(file));
            }
        }
        return ExitCode.FINE;
    }

    private void raw(List<Selection> selections) throws IOException, UsageException {
        if (selections.size() > 1) {
            throw new UsageException(
                    "several values have the path '"
                            + path
                            + "', --raw is for one: "
                            + Printable.text(name(selections.get(0)))
                            + ", "
                            + Printable.text(name(selections.get(1)))
                            + (selections.size() > 2 ? ", …" : ""));
        }
        WritableByteChannel channel = terminal.data();
        WireWriter out = WireWriter.to(channel);
        Selection selection = selections.getFirst();
        if (selection.node().isPresent()) {
            out.bytes(selection.node().get().bytes());
        } else if (selection.device().whole().isPresent()) {
            selection.device().whole().get().section().body().writeTo(out);
        } else {
            throw new UsageException(name(selection) + " is sent in several sections");
        }
        out.flush();
    }

    private static String name(Selection selection) {
        return selection
                .node()
                .map(StateNode::pathText)
                .orElse(selection.device().identity().label());
    }

    private void text(List<Selection> selections) throws UsageException {
        List<LeafNode> leaves = new ArrayList<>();
        List<StateNode> nodes =
                selections.stream().flatMap(selection -> selection.node().stream()).toList();
        if (nodes.isEmpty()) {
            Selection selection = selections.getFirst();
            throw new UsageException(
                    name(selection)
                            + " is not described as values"
                            + (selection.device().whole().isPresent()
                                    ? "; --raw writes its bytes"
                                    : ""));
        }
        nodes.forEach(node -> leaves(node, leaves));
        PrintWriter out = terminal.text();
        boolean one = selections.size() == 1 && nodes.getFirst() instanceof LeafNode;
        for (LeafNode leaf : leaves) {
            String value = LeafText.of(leaf);
            out.println(Printable.text(one ? value : leaf.pathText() + "=" + value));
        }
        out.flush();
    }

    private static void leaves(StateNode node, List<LeafNode> found) {
        if (node instanceof LeafNode leaf) {
            if (!(leaf instanceof NullNode)) {
                found.add(leaf);
            }
            return;
        }
        node.children().forEach(child -> leaves(child, found));
    }
}
