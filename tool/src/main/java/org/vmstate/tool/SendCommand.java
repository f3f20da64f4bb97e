// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmstate.container.StreamFile;
import org.vmstate.inspect.MachineReader;
import org.vmstate.migration.ChannelConnector;
import org.vmstate.migration.StreamSender;
import org.vmstate.ram.RamFormat;
import org.vmstate.ram.RamRecordKind;
import org.vmstate.ram.RamRecordReader;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.FileHeader;
import org.vmstate.stream.Section;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamTransform;
import org.vmstate.stream.StreamWriter;
import org.vmstate.tool.qemu.QmpClient;
import org.vmstate.tool.show.Amounts;
import org.vmstate.transport.MigrationAddress;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vmstate send`: sends a stream to a waiting QEMU.
@Command(
        name = "send",
        mixinStandardHelpOptions = true,
        header = "Sends a stream to a QEMU that waits for a migration, and waits for its answer.",
        customSynopsis = {
            "Examples:",
            "  vmstate send vm.mig unix:/run/vm.sock          to qemu … -incoming unix:/run/vm.sock",
            "  vmstate send vm.mig tcp::4444                  from a file in any format: mapped-ram, libvirt, …",
            "  vmstate send disk.qcow2 tcp::4444 --snapshot s1",
            "  vmstate send vm.mig tcp::4444 --channels 4     with multifd, if QEMU has the capability",
            "  vmstate send main.mig tcp::4444 --channel ch1.mig --channel ch2.mig",
            "  vmstate send vm.mig tcp:host:4444 --tls-creds /etc/pki/qemu",
            "",
            "Usage: vmstate send FILE ADDRESS [OPTION…]"
        },
        synopsisHeading = "",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "A plain stream is sent as it is; mapped-ram, captures of multifd channels and postcopy streams are",
            "converted to a plain one. The command succeeds when QEMU has loaded everything. The protocol has no",
            "reason of a failure: QEMU prints it, and --qmp asks for it. See docs/guide/record-and-relay.md.",
            "Exit codes: 0 fine, 1 memory is missing, 2 usage, 3 malformed input, 4 I/O error or QEMU failed."
        })
final class SendCommand implements Callable<Integer> {
    private static final double MIB = 1 << 20;

    private final Terminal terminal;

    @Parameters(
            index = "0",
            paramLabel = "FILE",
            description = "A stream or its URL; - is standard input.")
    private String file = "";

    @Parameters(index = "1", paramLabel = "ADDRESS", description = "tcp:HOST:PORT or unix:PATH.")
    private String address = "";

    @Option(
            names = "--channels",
            paramLabel = "N",
            description = "Send the memory over N multifd channels: QEMU's multifd-channels.")
    private int channels;

    @Option(
            names = "--convert",
            description =
                    "Load the memory first and send it anew; for pages compressed one by one, which QEMU 9.1 and newer do not load.")
    private boolean convert;

    @Option(
            names = "--qmp",
            paramLabel = "SOCKET",
            description =
                    "The monitor of the waiting QEMU, which is asked for the reason of a failure.")
    private @Nullable Path qmp;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description =
                    "The longest time that QEMU may accept nothing or need to answer (default 120).")
    private long timeout = 120;

    @Option(
            names = "--tls-hostname",
            paramLabel = "NAME",
            description = "The name in QEMU's certificate, if it is not the host of ADDRESS.")
    private @Nullable String tlsHostname;

    @Mixin private TlsOptions tls = new TlsOptions();
    @Mixin private MemoryOptions memory = new MemoryOptions();
    @Mixin private InputOptions input = new InputOptions();

    SendCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, UsageException {
        MigrationAddress to = AddressOptions.parse(address);
        if (channels < 0 || channels > 255) {
            throw new UsageException("--channels is 1 to 255");
        }
        if (timeout < 1) {
            throw new UsageException("--timeout is a number of seconds");
        }
        try (StreamFile opened = Input.open(file, input.chosen(), terminal)) {
            WireReader reader = opened.reader().retained();
            tls.warn(to, terminal);
            ChannelConnector connector = tls.connector(to, tlsHostname);
            if (converted(reader)) {
                return sendConverted(reader, connector);
            }
            send(connector, 0, connection -> plain(reader, connection));
            return ExitCode.FINE;
        }
    }

    private void send(ChannelConnector connector, int count, StreamSender.Content content)
            throws IOException {
        try {
            StreamSender.Result result =
                    new StreamSender(Duration.ofSeconds(timeout)).send(connector, count, content);
            double seconds = result.time().toNanos() / 1e9;
            PrintWriter out = terminal.text();
            out.printf(
                    Locale.ROOT,
                    "%s  %s in %.1f s (%.0f MiB/s); QEMU has loaded it%n",
                    terminal.plain(file),
                    Amounts.binary(result.sent()),
                    seconds,
                    result.sent() / MIB / seconds);
            out.flush();
        } catch (VMStateException e) {
            throw e.within(Input.label(file));
        } catch (IOException e) {
            String reason = qmp == null ? "" : QmpClient.reasonOfFailure(qmp);
            throw reason.isEmpty() ? e : new IOException(e.getMessage() + "; QEMU: " + reason, e);
        }
    }

    /// Whether the memory has to be written anew: the source's pages are elsewhere, or come after
    /// the devices. Does not change the position of the reader.
    private boolean converted(WireReader reader) throws IOException {
        if (channels > 0 || convert || !memory.channels().isEmpty()) {
            return true;
        }
        long start = reader.position();
        MachineReader machine = MachineReader.of(reader);
        boolean converted = false;
        for (StreamElement e = machine.next();
                e instanceof FileHeader
                        || e instanceof Configuration
                        || e instanceof org.vmstate.stream.Command;
                e = machine.next()) {
            converted |=
                    e instanceof org.vmstate.stream.Command.PostcopyAdvise advise
                            && advise.pageSizes().isPresent();
            converted |=
                    e instanceof Configuration configuration
                            && configuration.capabilities().contains("mapped-ram");
        }
        reader.seek(start);
        return converted;
    }

    private int sendConverted(WireReader reader, ChannelConnector connector)
            throws IOException, UsageException {
        RamConversion conversion =
                new RamConversion(
                        channels > 0 ? RamFormat.MULTIFD : RamFormat.PLAIN,
                        memory,
                        channels,
                        Optional.empty(),
                        StreamTransform.IDENTITY,
                        terminal);
        return conversion.toDestination(reader, content -> send(connector, channels, content))
                ? ExitCode.FINE
                : ExitCode.FINDINGS;
    }

    /// Sends the stream without the commands that only a live source sends.
    private static void plain(WireReader reader, StreamSender.Connection connection)
            throws IOException {
        WireWriter out = WireWriter.to(connection.main());
        StreamWriter stream = new StreamWriter(out);
        MachineReader machine = MachineReader.of(reader).ramRecords(SendCommand::refuseCompressed);
        boolean opened = false;
        for (StreamElement e = machine.next(); e != null; e = machine.next()) {
            if (e instanceof Section && !opened) {
                StreamSender.Connection.openReturnPath(out);
                opened = true;
            }
            if (StreamSender.sends(e, machine.origin().offset())) {
                stream.write(e);
            }
        }
        out.flush();
    }

    private static void refuseCompressed(RamRecordReader records) throws IOException {
        if (records.kind() == RamRecordKind.COMPRESSED_PAGE) {
            throw new UnsupportedException(
                    "pages compressed one by one, which newer versions do not load; see --convert",
                    records.recordOffset());
        }
        if (records.kind() == RamRecordKind.MULTIFD_FLUSH) {
            throw new UnsupportedException(
                    "the main channel of a multifd migration; see --channel",
                    records.recordOffset());
        }
        records.skipRun();
    }
}
