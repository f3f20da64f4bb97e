// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.file.OutputFile;
import org.vmstate.migration.RecordingOptions;
import org.vmstate.migration.StreamRecorder;
import org.vmstate.transport.BoundAcceptor;
import org.vmstate.transport.MigrationAddress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vmstate receive`: records the migration of a running QEMU.
@Command(
        name = "receive",
        mixinStandardHelpOptions = true,
        header = "Waits for a QEMU to migrate to it, and writes the migration to a file.",
        customSynopsis = {
            "Examples:",
            "  vmstate receive unix:/run/vm.sock -o vm.mig             then in QEMU: migrate unix:/run/vm.sock",
            "  vmstate receive tcp::4444 -o vm.mig                     from this machine",
            "  vmstate receive tcp:0.0.0.0:4444 -o vm.mig --tls-creds /etc/pki/qemu",
            "  vmstate receive tcp::4444 -o vm.mig --channels 4        multifd; the file is one plain stream",
            "  vmstate receive tcp::4444 -o vm.mig --as mapped-ram     each page at a fixed offset",
            "  vmstate receive tcp::4444 -o vm.mig --as raw --channels 2   and vm.mig.ch1, vm.mig.ch2",
            "",
            "Usage: vmstate receive ADDRESS -o FILE [OPTION…]"
        },
        synopsisHeading = "",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "The source is told of the success when FILE is complete; if anything fails before, its guest",
            "continues to run. Without the capability return-path a source does not learn of it. An empty HOST",
            "is this machine only. See docs/guide/record-and-relay.md.",
            "Exit codes: 0 fine, 2 usage, 3 malformed input, 4 I/O error or a broken connection."
        })
final class ReceiveCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(
            index = "0",
            paramLabel = "ADDRESS",
            description = "tcp:HOST:PORT, unix:PATH, exec:COMMAND or file:PATH.")
    private String address = "";

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FILE",
            description = "The recording; - is standard output.")
    private String out = "";

    @Option(
            names = "--as",
            paramLabel = "FORM",
            description =
                    "plain (default): one ordinary stream; mapped-ram: each page at a fixed offset; raw: the bytes of each channel as received.")
    private String form = "plain";

    @Option(
            names = "--channels",
            paramLabel = "N",
            description = "The source's multifd-channels, if it has the capability multifd.")
    private int channels;

    @Option(
            names = "--switchover-ack",
            paramLabel = "on|off",
            description =
                    "Whether the source waits for an acknowledgement before it stops its guest (default: by its machine type).")
    private @Nullable String switchoverAck;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "The longest time that a connected source may be silent (default 120).")
    private long timeout = 120;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Mixin private TlsOptions tls = new TlsOptions();

    ReceiveCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    @SuppressWarnings("try") // the line of the progress ends before the result is printed
    public Integer call() throws IOException, UsageException {
        MigrationAddress from = AddressOptions.parse(address);
        boolean standardOutput = out.equals("-");
        if (!standardOutput) {
            UsageException.checkName(Path.of(out), "FILE");
        }
        List<OutputFile> files = new ArrayList<>();
        try (ProgressLine progress = new ProgressLine(terminal.err())) {
            RecordingOptions options = options(progress);
            if (standardOutput && (json || options.form() != RecordingOptions.Form.PLAIN)) {
                throw new UsageException("standard output is for a plain recording without --json");
            }
            int channelFiles = options.form() == RecordingOptions.Form.RAW ? channels : 0;
            for (int i = 1; i <= channelFiles; i++) {
                files.add(OutputFile.create(Path.of(out + ".ch" + i)));
            }
            WritableByteChannel main;
            if (standardOutput) {
                main = terminal.data();
            } else {
                files.add(OutputFile.create(Path.of(out)));
                main = files.getLast().channel();
            }
            StreamRecorder.Result result;
            TlsOptions.Acceptors channelsOf = tls.acceptors();
            tls.warn(from, terminal);
            try (BoundAcceptor acceptor = AddressOptions.listen(from)) {
                if (from instanceof MigrationAddress.Tcp || from instanceof MigrationAddress.Unix) {
                    terminal.message("waiting for a migration to " + acceptor.address());
                }
                result =
                        new StreamRecorder(options)
                                .record(
                                        channelsOf.of(acceptor),
                                        main,
                                        files.subList(0, channelFiles).stream()
                                                .map(OutputFile::channel)
                                                .toList(),
                                        () -> OutputFile.commit(files));
            }
            progress.close();
            new ReceiveOutput(out, result).print(terminal, json, standardOutput);
            return ExitCode.FINE;
        } finally {
            for (OutputFile file : files) {
                file.close();
            }
        }
    }

    private RecordingOptions options(ProgressLine progress) throws UsageException {
        RecordingOptions.Builder options = RecordingOptions.builder().progress(progress);
        options.form(
                switch (form.toLowerCase(Locale.ROOT)) {
                    case "plain" -> RecordingOptions.Form.PLAIN;
                    case "mapped-ram" -> RecordingOptions.Form.MAPPED_RAM;
                    case "raw" -> RecordingOptions.Form.RAW;
                    default -> throw new UsageException("--as is plain, mapped-ram or raw");
                });
        if (switchoverAck != null) {
            options.switchoverAck(
                    switch (switchoverAck) {
                        case "on" -> RecordingOptions.SwitchoverAck.SEND;
                        case "off" -> RecordingOptions.SwitchoverAck.OMIT;
                        default -> throw new UsageException("--switchover-ack is on or off");
                    });
        }
        if (channels < 0 || channels > 255) {
            throw new UsageException("--channels is 1 to 255");
        }
        if (timeout < 1) {
            throw new UsageException("--timeout is a number of seconds");
        }
        return options.channels(channels).silence(Duration.ofSeconds(timeout)).build();
    }
}
