// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.file.MappedFile;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.VMStateException;

/// Executes the operations of a lane, in one thread at a time.
///
/// Writes adjacent decoded pages with a single call. After the first operation that fails, no other
/// one is executed.
final class LaneWorker {
    /// The failure of an operation.
    ///
    /// @param number the sequence number of the operation
    record Failure(long number, IOException cause) {}

    /// Allocated for the first page that is decoded.
    private byte[] run = {};

    private final PageInflater inflater = new PageInflater();
    private @Nullable BlockFile runFile;
    private long runAt;
    private int runLength;
    private int fetched;
    private volatile @Nullable Failure failure;

    /// The failure of the first operation that failed, or null.
    @Nullable Failure failure() {
        return failure;
    }

    void carryOut(Batch batch) {
        List<PageOperation> operations = batch.operations();
        for (int i = 0; i < operations.size() && failure == null; i++) {
            PageOperation operation = operations.get(i);
            try {
                apply(operation, batch, i);
                if (i == operations.size() - 1) {
                    writeRun();
                }
            } catch (CancelledException e) {
                failure = new Failure(operation.number(), e);
            } catch (VMStateException e) {
                e.within("page 0x" + Long.toHexString(operation.offset()))
                        .within("block " + Printable.quoted(operation.file().block().name()));
                failure = new Failure(operation.number(), e);
            } catch (FileSystemException e) { // its message names the file
                failure = new Failure(operation.number(), e);
            } catch (IOException e) {
                failure =
                        new Failure(
                                operation.number(),
                                new IOException(
                                        "an image could not be written: " + e.getMessage(), e));
            } catch (InternalError e) {
                failure = new Failure(operation.number(), MappedFile.fault(e));
            }
        }
        batch.clear();
    }

    private void apply(PageOperation operation, Batch batch, int index) throws IOException {
        switch (operation) {
            case PageOperation.Put put -> {
                writeRun();
                put.file()
                        .write(
                                put.offset(),
                                put.memory().asSlice(put.at(), put.count()).asByteBuffer());
            }
            case PageOperation.Zero zero -> {
                writeRun();
                zero.file().zero(zero.offset(), zero.count());
            }
            case PageOperation.Decode page -> {
                decode(page, batch, index);
                runLength += page.count();
            }
        }
    }

    private void decode(PageOperation.Decode page, Batch batch, int index) throws IOException {
        int at = room(page);
        if (!page.isDelta()) {
            inflater.decode(
                    batch.bytes(), page.at(), page.length(), run, at, page.count(), page.record());
            return;
        }
        if (fetched < at + page.count()) {
            fetch(batch.operations(), index);
        }
        Xbzrle.decode(
                batch.bytes(), page.at(), page.length(), run, at, page.count(), page.record());
    }

    /// Returns the index in [#run] for a page; first writes the run if the page does not continue
    /// it.
    @SuppressWarnings("ReferenceEquality") // one BlockFile per block
    private int room(PageOperation page) throws IOException {
        if (run.length == 0) {
            run = new byte[Lanes.STRIPE_BYTES];
        }
        if (page.file() != runFile
                || page.offset() != runAt + runLength
                || page.count() > run.length - runLength) {
            writeRun();
            runFile = page.file();
            runAt = page.offset();
        }
        return runLength;
    }

    /// Reads the previous content of a page and of the adjacent ones that are decoded as deltas
    /// after it.
    private void fetch(List<PageOperation> operations, int index) throws IOException {
        PageOperation first = operations.get(index);
        int count = first.count();
        PageOperation last = first;
        for (int i = index + 1; i < operations.size(); i++) {
            PageOperation next = operations.get(i);
            if (!(next instanceof PageOperation.Decode page && page.isDelta())
                    || !Batch.follows(last, next.file(), next.offset())
                    || runLength + count + next.count() > run.length) {
                break;
            }
            count += next.count();
            last = next;
        }
        first.file().read(first.offset(), run, runLength, count);
        fetched = runLength + count;
    }

    private void writeRun() throws IOException {
        if (runLength > 0 && runFile != null) {
            runFile.write(runAt, ByteBuffer.wrap(run, 0, runLength));
        }
        runFile = null;
        runLength = 0;
        fetched = 0;
    }

    /// Called when no batch is carried out any more.
    void close() {
        inflater.close();
    }
}
