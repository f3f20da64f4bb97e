// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.internal.file.OutputFile;
import org.vmstate.migration.ChannelConnector;
import org.vmstate.migration.RelayOptions;
import org.vmstate.migration.StreamRelay;
import org.vmstate.stream.StreamTransform;
import org.vmstate.transport.BoundAcceptor;
import org.vmstate.transport.MigrationAddress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vmstate proxy`: relays a migration between two QEMUs, and changes it on its way.
@Command(
        name = "proxy",
        mixinStandardHelpOptions = true,
        header =
                "Relays a migration between two QEMUs; can record it, and change the devices on their way.",
        customSynopsis = {
            "Examples:",
            "  vmstate proxy tcp::4444 tcp:dest:4444                   then in the source: migrate tcp::4444",
            "  vmstate proxy unix:/run/in.sock unix:/run/out.sock --record vm.mig",
            "  vmstate proxy tcp::4444 tcp:dest:4444 --limit 100M      100 MiB per second",
            "  vmstate proxy tcp::4444 tcp:dest:4444 --set '*usb-redir.device_info.speed=3'",
            "  vmstate proxy tcp::4444 tcp:dest:4444 --drop-section 0000:00:05.0/virtio-rng",
            "  vmstate proxy tcp::4444 tcp:dest:4444 --delete 'spapr/spapr_pending_events.pending_events[0]'",
            "",
            "Usage: vmstate proxy LISTEN TARGET [OPTION…]"
        },
        synopsisHeading = "",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "The changes are those of 'vmstate set'. The memory is relayed while it arrives; if there are changes,",
            "the devices are held back until all of them have come, and a migration with postcopy-ram, or with",
            "devices before the memory, needs --describe-with. All channels of multifd and postcopy are relayed.",
            "If a side fails, the other one is told so, and the source's guest continues to run. An empty HOST is",
            "this machine only; --tls-creds is for the sides with tcp:. See docs/guide/record-and-relay.md.",
            "Exit codes: 0 fine, 2 usage (also a change that is not possible), 3 malformed input, 4 I/O error, a",
            "broken connection, or a destination that has not loaded the stream."
        })
final class ProxyCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(
            index = "0",
            paramLabel = "LISTEN",
            description = "Where the source connects to: tcp:HOST:PORT or unix:PATH.")
    private String listen = "";

    @Parameters(
            index = "1",
            paramLabel = "TARGET",
            description = "The destination: tcp:HOST:PORT or unix:PATH.")
    private String target = "";

    @Option(names = "--set", paramLabel = "PATH=VALUE", description = "Set a value.")
    private List<String> values = List.of();

    @Mixin private DeviceEditOptions changes = new DeviceEditOptions();

    @Option(
            names = "--record",
            paramLabel = "FILE",
            description =
                    "Write what is sent to the destination to a file, and further channels to FILE.ch1, FILE.ch2, ….")
    private @Nullable Path record;

    @Option(
            names = "--limit",
            paramLabel = "RATE",
            converter = InputOptions.ByteCount.class,
            description =
                    "The maximum number of bytes per second, with K, M or G for powers of 1024.")
    private @Nullable Long limit;

    @Option(
            names = "--describe-with",
            paramLabel = "OTHER",
            description =
                    "Take the description of the devices from this stream of the same machine.")
    private @Nullable String describeWith;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "The longest time that a connected source may be silent (default 120).")
    private long timeout = 120;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Option(
            names = "--tls-hostname",
            paramLabel = "NAME",
            description = "The name in TARGET's certificate, if it is not HOST.")
    private @Nullable String tlsHostname;

    @Mixin private TlsOptions tls = new TlsOptions();

    ProxyCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    @SuppressWarnings("try") // the line of the progress ends before the result is printed
    public Integer call() throws IOException, UsageException {
        MigrationAddress from = socket(listen, "LISTEN");
        MigrationAddress to = socket(target, "TARGET");
        if (record != null) {
            UsageException.checkName(record, "--record");
        }
        if (timeout < 1) {
            throw new UsageException("--timeout is a number of seconds");
        }
        for (String value : values) {
            EditOptions.Assignment.of(value);
        }
        tls.warn(from, terminal);
        tls.warn(to, terminal);
        List<OutputFile> files = new ArrayList<>();
        try {
            StreamRelay.Result result = relay(from, to, files);
            OutputFile.commit(files);
            new ProxyOutput(result).print(terminal, json);
            return ExitCode.FINE;
        } finally {
            for (OutputFile file : files) {
                file.close();
            }
        }
    }

    private StreamRelay.Result relay(
            MigrationAddress from, MigrationAddress to, List<OutputFile> files)
            throws IOException, UsageException {
        try (ProgressLine progress = new ProgressLine(terminal.err())) {
            StreamRelay relay = new StreamRelay(options(progress, files));
            TlsOptions.Acceptors channelsOf =
                    from instanceof MigrationAddress.Tcp ? tls.acceptors() : plain -> plain;
            ChannelConnector connector =
                    to instanceof MigrationAddress.Tcp
                            ? tls.connector(to, tlsHostname)
                            : to.connector();
            try (BoundAcceptor acceptor = AddressOptions.listen(from)) {
                terminal.message("waiting for a migration to " + acceptor.address());
                return relay.relay(channelsOf.of(acceptor), connector);
            } catch (IllegalArgumentException e) {
                throw new UsageException(String.valueOf(e.getMessage()));
            }
        }
    }

    private static MigrationAddress socket(String text, String what) throws UsageException {
        MigrationAddress address = AddressOptions.parse(text);
        if (address instanceof MigrationAddress.Tcp || address instanceof MigrationAddress.Unix) {
            return address;
        }
        throw new UsageException(what + " is tcp:HOST:PORT or unix:PATH, not " + address);
    }

    private RelayOptions options(ProgressLine progress, List<OutputFile> files)
            throws IOException, UsageException {
        RelayOptions.Builder options =
                RelayOptions.builder().progress(progress).silence(Duration.ofSeconds(timeout));
        if (limit != null) {
            options.maxBandwidth(limit);
        }
        if (!values.isEmpty() || !changes.none()) {
            options.changes(this::changed);
        }
        if (describeWith != null) {
            ReferenceStream.read(describeWith, terminal)
                    .description()
                    .ifPresent(options::description);
        }
        if (record != null) {
            Path file = record;
            files.add(OutputFile.create(file)); // a file that cannot be written is reported at once
            options.copies(number -> copy(file, number, files));
        }
        return options.build();
    }

    private static WritableByteChannel copy(Path file, int number, List<OutputFile> files)
            throws IOException {
        synchronized (files) {
            if (number > 0) {
                files.add(
                        OutputFile.create(
                                file.resolveSibling(file.getFileName() + ".ch" + number)));
            }
            return files.get(number).channel();
        }
    }

    /// The changes to the devices of a machine.
    private StreamTransform changed(SavedMachine devices) throws IOException {
        try (Edits edits = new Edits(devices, terminal)) {
            changes.apply(edits, values);
            return edits.edit();
        } catch (UsageException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}
