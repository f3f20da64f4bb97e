// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.ReadLimits;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// The options for reading an input.
final class InputOptions {
    @Option(
            names = "--snapshot",
            paramLabel = "NAME|ID",
            description = "The snapshot to read, if the file is a disk image.")
    private @Nullable String snapshot;

    @Option(
            names = "--max-temporary",
            paramLabel = "SIZE",
            converter = ByteCount.class,
            description =
                    "The maximum size of the temporary file for an input that is compressed or a pipe (default 16G).")
    private @Nullable Long maxTemporary;

    /// A number of bytes, with K, M, G or T for powers of 1024.
    static final class ByteCount implements ITypeConverter<Long> {
        private static final String UNITS = "KMGT";

        @Override
        public Long convert(String text) {
            int unit = text.isEmpty() ? -1 : UNITS.indexOf(text.charAt(text.length() - 1));
            try {
                long count = Long.parseLong(unit < 0 ? text : text.substring(0, text.length() - 1));
                long bytes = Math.multiplyExact(count, 1L << (10 * (unit + 1)));
                if (bytes > 0) {
                    return bytes;
                }
            } catch (NumberFormatException | ArithmeticException e) {
                // reported below
            }
            throw new TypeConversionException(
                    "'" + text + "' is not a number of bytes, such as 64G");
        }
    }

    /// The specified options.
    Input.Choice chosen() {
        return new Input.Choice(
                Optional.ofNullable(snapshot),
                maxTemporary == null
                        ? ReadLimits.DEFAULT
                        : ReadLimits.builder().maxTemporaryBytes(maxTemporary).build());
    }
}
