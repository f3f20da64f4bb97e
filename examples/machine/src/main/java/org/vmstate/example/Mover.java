// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.vmstate.migration.ChannelAcceptor;
import org.vmstate.migration.MigrationDestination;
import org.vmstate.migration.MigrationParameters;
import org.vmstate.migration.MigrationSource;
import org.vmstate.migration.PagesOnDemand;
import org.vmstate.savevm.Machine;
import org.vmstate.transport.MigrationAddress;

/// Moves the computer to and from another process while it runs, and says how that ended.
final class Mover {
    private final Machine machine;
    private final PagesOnDemand onDemand;
    private final PrintStream messages;

    /// Where and how to migrate.
    private record Way(MigrationAddress address, MigrationParameters parameters, boolean postcopy) {
        /// Parses an address and options.
        static Way parse(String text) {
            MigrationParameters.Builder parameters = MigrationParameters.builder();
            boolean postcopy = false;
            Deque<String> words = new ArrayDeque<>(List.of(text.split(" +")));
            MigrationAddress address = MigrationAddress.parse(words.remove());
            while (!words.isEmpty()) {
                String option = words.remove();
                if (option.equals("--postcopy")) {
                    parameters.postcopy();
                    postcopy = true;
                } else if (option.equals("--multifd") && !words.isEmpty()) {
                    parameters.multifd(Integer.parseInt(words.remove()));
                } else {
                    throw new IllegalArgumentException("no option: " + option);
                }
            }
            return new Way(address, parameters.build(), postcopy);
        }
    }

    /// @param onDemand what waits for pages that are missing
    /// @param messages receives how a migration has ended
    Mover(Machine machine, PagesOnDemand onDemand, PrintStream messages) {
        this.machine = machine;
        this.onDemand = onDemand;
        this.messages = messages;
    }

    /// Migrates the computer to an address; returns whether it has moved.
    ///
    /// @param text the address, and options
    boolean leave(String text) {
        Way way = Way.parse(text);
        MigrationSource source =
                new MigrationSource(machine, way.address().connector(), way.parameters());
        if (way.postcopy()) {
            source.startPostcopy();
        }
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
    ///
    /// @param text the address, and options
    void arrive(String text) throws IOException {
        Way way = Way.parse(text);
        try (ChannelAcceptor acceptor = way.address().listen()) {
            messages.println("listening");
            MigrationDestination destination =
                    new MigrationDestination(machine, acceptor, way.parameters(), onDemand);
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
