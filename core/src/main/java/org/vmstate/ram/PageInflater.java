// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CorruptException;

/// Decodes pages that are compressed as one zlib stream each.
///
/// The output is limited to the size of a page, whatever the stream claims.
final class PageInflater implements AutoCloseable {
    /// Allocated for the first page.
    private @Nullable Inflater used;

    /// Decodes a page. The stream must be complete and contain nothing else.
    ///
    /// @param offset the offset of the stream's first byte, for errors
    void decode(
            byte[] compressed,
            int at,
            int length,
            byte[] page,
            int pageAt,
            int pageSize,
            long offset)
            throws CorruptException {
        Inflater inflater = inflater();
        inflater.setInput(compressed, at, length);
        try {
            int got = 0;
            while (got < pageSize) {
                int step = inflater.inflate(page, pageAt + got, pageSize - got);
                if (step == 0) {
                    throw new CorruptException(
                            "a compressed page of " + got + " bytes instead of " + pageSize,
                            offset);
                }
                got += step;
            }
            byte[] more = new byte[1];
            if (!inflater.finished() && inflater.inflate(more) > 0) {
                throw new CorruptException(
                        "a compressed page of more than " + pageSize + " bytes", offset);
            }
        } catch (DataFormatException e) {
            throw notZlib(e, offset);
        }
    }

    /// Decodes a page of unknown size to the start of `page`, which must have room for the largest
    /// page.
    ///
    /// @return the page's size
    int length(byte[] compressed, byte[] page, long offset) throws CorruptException {
        Inflater inflater = inflater();
        inflater.setInput(compressed);
        try {
            int got = 0;
            int step = 1;
            while (step > 0 && got < page.length) {
                step = inflater.inflate(page, got, page.length - got);
                got += step;
            }
            if (!inflater.finished() && inflater.inflate(new byte[1]) > 0) {
                throw new CorruptException(
                        "a compressed page of more than " + page.length + " bytes", offset);
            }
            return got;
        } catch (DataFormatException e) {
            throw notZlib(e, offset);
        }
    }

    /// Returns the inflater, ready for the next page.
    private Inflater inflater() {
        Inflater inflater = used;
        if (inflater == null) {
            inflater = new Inflater();
            used = inflater;
        } else {
            inflater.reset();
        }
        return inflater;
    }

    private static CorruptException notZlib(DataFormatException e, long offset) {
        CorruptException corrupt =
                new CorruptException(
                        "a compressed page that is not a zlib stream: " + e.getMessage(), offset);
        corrupt.initCause(e);
        return corrupt;
    }

    @Override
    public void close() {
        if (used != null) {
            used.end();
        }
    }
}
