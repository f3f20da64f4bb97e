// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.ram.LiveMemorySaver;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.WireReader;

/// The source's side of the return path: a thread that reads the messages of the destination.
///
/// A message that is wrong, a failure of the destination, and an end of the connection before the
/// destination has acknowledged abort the migration.
///
/// QEMU: `source_return_path_thread`.
final class SourceReturnPath {
    /// The ping behind the devices in postcopy; its number is QEMU's.
    static final long POSTCOPY_LOADED = 0x42;

    private final WireReader in;
    private final Connections connections;
    private final Thread thread;
    private boolean acknowledged;
    private @Nullable LiveMemorySaver pages;
    private @Nullable String requestedBlock;
    private boolean devicesLoaded;
    private boolean answered;
    private boolean waits;
    private boolean confirmed;
    private boolean confirming;
    private boolean ready;
    private boolean everythingSent;
    private boolean refused;
    private boolean ended;

    SourceReturnPath(WatchedChannel channel, Connections connections, String name) {
        this.in = WireReader.of(channel, ReadLimits.DEFAULT);
        this.connections = connections;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        ReturnPathReader messages = new ReturnPathReader(in, 0);
        try {
            Optional<ReturnPathMessage> message = messages.next();
            while (message.isPresent()) {
                received(message.get());
                message = messages.next();
            }
            ended(
                    new IOException(
                            "the destination closed the connection before it had acknowledged"));
        } catch (IOException | RuntimeException e) {
            ended(e instanceof IOException io ? io : new IOException(e));
        }
    }

    /// Handles the end of the return path. It is expected after the acknowledgement of a
    /// destination that does not wait, and after the answer to the confirmation.
    private void ended(IOException reason) {
        boolean expected;
        synchronized (this) {
            ended = true;
            expected = confirmed || (acknowledged && (!waits || devicesLoaded));
            notifyAll();
        }
        if (!expected) {
            connections.abort(reason);
        }
    }

    private synchronized void received(ReturnPathMessage message) throws IOException {
        switch (message) {
            case ReturnPathMessage.Pong(long number) -> {
                if (number == POSTCOPY_LOADED) {
                    devicesLoaded = true;
                } else if (number == Confirmation.OFFERED) {
                    answered = true;
                } else if (number == Confirmation.RUN || number == Confirmation.STAY_STOPPED) {
                    confirmed |= confirming;
                    waits = true;
                }
            }
            case ReturnPathMessage.SwitchoverAcknowledged() -> ready = true;
            case ReturnPathMessage.Shut(long status) -> {
                if (status != 0) {
                    refused = true;
                    throw new RefusedException("Sibling indicated error " + status);
                }
                if (!everythingSent) {
                    throw new CorruptException(
                            "the destination has acknowledged before everything was sent",
                            in.position());
                }
                acknowledged = true;
            }
            case ReturnPathMessage.RequestPages request when pages != null ->
                    requested(pages, request);
            case ReturnPathMessage.RequestPages _,
                    ReturnPathMessage.ReceivedBitmap _,
                    ReturnPathMessage.ResumeAcknowledged _ ->
                    throw new CorruptException(
                            "a message of postcopy, which was not begun: " + message,
                            in.position());
        }
        notifyAll();
    }

    private void requested(LiveMemorySaver saver, ReturnPathMessage.RequestPages request)
            throws IOException {
        String block = request.block().orElse(requestedBlock);
        if (block == null) {
            throw new CorruptException("MIG_RP_MSG_REQ_PAGES has no previous block", in.position());
        }
        requestedBlock = block;
        saver.request(block, request.start(), request.length());
    }

    /// From now on the destination may request pages.
    synchronized void postcopy(LiveMemorySaver saver) {
        pages = saver;
    }

    /// Whether the destination has loaded the devices, in postcopy.
    synchronized boolean areDevicesLoaded() {
        return devicesLoaded;
    }

    /// Whether the destination waits for the source's confirmation.
    synchronized boolean destinationWaits() {
        return waits;
    }

    /// Whether the destination is ready for the switchover.
    synchronized boolean isReady() {
        return ready;
    }

    /// Whether the destination has acknowledged that it has loaded everything.
    synchronized boolean isAcknowledged() {
        return acknowledged;
    }

    /// Whether the destination has said that it failed.
    synchronized boolean isRefused() {
        return refused;
    }

    /// Whether the destination has answered the confirmation.
    synchronized boolean isConfirmed() {
        return confirmed;
    }

    /// From now on the destination may acknowledge.
    synchronized void everythingSent() {
        everythingSent = true;
    }

    /// From now on a pong may answer the confirmation.
    synchronized void confirming() {
        confirming = true;
    }

    /// Waits until it is known whether the destination waits for the source's confirmation.
    void awaitAnswer() throws IOException {
        await(() -> answered);
    }

    /// Waits until the destination has acknowledged.
    void awaitAcknowledgement() throws IOException {
        await(this::isAcknowledged);
    }

    /// Waits until the destination has answered the confirmation.
    void awaitConfirmation() throws IOException {
        await(this::isConfirmed);
    }

    private interface Condition {
        boolean holds();
    }

    private synchronized void await(Condition condition) throws IOException {
        while (!condition.holds()) {
            @Nullable IOException aborted = connections.abortedBecause();
            if (aborted != null) {
                throw aborted;
            }
            if (ended) {
                throw new IOException("the destination closed the connection");
            }
            try {
                wait(20);
            } catch (InterruptedException e) {
                throw CancelledException.of(e);
            }
        }
    }

    /// Gives the destination's last message a moment to arrive, after a write has failed.
    void awaitReason() {
        long end = System.nanoTime() + 300_000_000L;
        synchronized (this) {
            while (!ended && System.nanoTime() - end < 0) {
                try {
                    wait(20);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    /// Waits for the end of the thread, whose channel is closed.
    void join() {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
