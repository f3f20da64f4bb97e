// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import picocli.CommandLine;
import picocli.CommandLine.IFactory;

/// Creates the subcommands with the terminal that they use.
final class Commands implements IFactory {
    private final Terminal terminal;

    Commands(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public <K> K create(Class<K> type) throws Exception {
        if (type == ShowCommand.class) {
            return type.cast(new ShowCommand(terminal));
        }
        if (type == GetCommand.class) {
            return type.cast(new GetCommand(terminal));
        }
        if (type == SetCommand.class) {
            return type.cast(new SetCommand(terminal));
        }
        if (type == DiffCommand.class) {
            return type.cast(new DiffCommand(terminal));
        }
        if (type == ReportCommand.class) {
            return type.cast(new ReportCommand(terminal));
        }
        if (type == ConvertCommand.class) {
            return type.cast(new ConvertCommand(terminal));
        }
        if (type == ExtractCommand.class) {
            return type.cast(new ExtractCommand(terminal));
        }
        if (type == RamCommand.class) {
            return type.cast(new RamCommand(terminal));
        }
        if (type == CoreCommand.class) {
            return type.cast(new CoreCommand(terminal));
        }
        if (type == CheckCommand.class) {
            return type.cast(new CheckCommand(terminal));
        }
        if (type == ExplainCommand.class) {
            return type.cast(new ExplainCommand(terminal));
        }
        if (type == ProxyCommand.class) {
            return type.cast(new ProxyCommand(terminal));
        }
        if (type == ReceiveCommand.class) {
            return type.cast(new ReceiveCommand(terminal));
        }
        if (type == SendCommand.class) {
            return type.cast(new SendCommand(terminal));
        }
        if (type == CaptureCommand.class) {
            return type.cast(new CaptureCommand(terminal));
        }
        if (type == CompletionCommand.class) {
            return type.cast(new CompletionCommand(terminal));
        }
        if (type == ManCommand.class) {
            return type.cast(new ManCommand(terminal));
        }
        if (type == Version.class) {
            return type.cast(new Version());
        }
        return CommandLine.defaultFactory().create(type);
    }
}
