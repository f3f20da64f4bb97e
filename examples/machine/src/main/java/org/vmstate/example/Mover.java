// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import java.io.IOException;
import java.io.PrintStream;
import org.vmstate.migration.ChannelAcceptor;
import org.vmstate.migration.MigrationDestination;
import org.vmstate.migration.MigrationParameters;
import org.vmstate.migration.MigrationSource;
import org.vmstate.savevm.Machine;
import org.vmstate.transport.MigrationAddress;

/// Moves the computer to and from another process while it runs, and says how that ended.
final class Mover {
    private final Machine machine;
    private final PrintStream messages;

    Mover(Machine machine, PrintStream messages) {
        this.machine = machine;
        this.messages = messages;
    }

    /// Migrates the computer to an address; returns whether it has moved.
    boolean leave(String address) {
        MigrationSource source =
                new MigrationSource(
                        machine,
                        MigrationAddress.parse(address).connector(),
                        MigrationParameters.DEFAULT);
        return switch (source.run()) {
            case MigrationSource.Outcome.Completed completed -> {
                messages.printf("moved; stopped for %d ms%n", completed.downtime().toMillis());
                yield true;
            }
            case MigrationSource.Outcome.Failed failed -> {
                messages.println("not moved: " + failed.cause().getMessage());
                yield false;
            }
            case MigrationSource.Outcome.Cancelled _ -> {
                messages.println("not moved: cancelled");
                yield false;
            }
            case MigrationSource.Outcome.Undecided undecided -> {
                messages.println("undecided: " + undecided.cause().getMessage());
                messages.println("If it does not run at the other end, enter: start");
                yield false;
            }
        };
    }

    /// Waits at an address for a computer and runs it.
    void arrive(String address) throws IOException {
        try (ChannelAcceptor acceptor = MigrationAddress.parse(address).listen()) {
            messages.println("listening");
            MigrationDestination destination =
                    new MigrationDestination(machine, acceptor, MigrationParameters.DEFAULT);
            switch (destination.run()) {
                case MigrationDestination.Outcome.Completed completed ->
                        messages.println(completed.running() ? "running" : "here, and stopped");
                case MigrationDestination.Outcome.Failed failed ->
                        messages.println("not here: " + failed.cause().getMessage());
                case MigrationDestination.Outcome.Cancelled _ ->
                        messages.println("not here: cancelled");
                case MigrationDestination.Outcome.Undecided undecided -> {
                    messages.println("undecided: " + undecided.cause().getMessage());
                    messages.println("If it does not run at the other end, enter: start");
                }
            }
        }
    }
}
