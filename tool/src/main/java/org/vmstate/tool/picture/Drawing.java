// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.picture;

import java.io.IOException;
import java.io.OutputStream;

/// A drawing of rectangles and text with a fixed palette.
interface Drawing {
    /// The distance from one character to the next one, in pixels.
    int CHARACTER_WIDTH = DotFont.ADVANCE * DotFont.SCALE;

    /// The height of a line of text, in pixels.
    int LINE_HEIGHT = 22;

    /// Fills a rectangle.
    void rectangle(int x, int y, int width, int height, Colour colour);

    /// Draws a line of text of printable ASCII characters, whose upper left corner is at a
    /// position.
    void text(int x, int y, String text, Colour colour);

    /// Writes the drawing.
    void writeTo(OutputStream out) throws IOException;

    /// The palette: that of Okabe and Ito, which people with any kind of colour vision can tell
    /// apart, and greys. The page of `vmstate report` uses the same colours.
    enum Colour {
        /// The background.
        PAPER(0xffffff),
        /// Text.
        INK(0x1b1f24),
        /// Less important text.
        SOFT(0x57606a),
        /// Pages that are not in the stream.
        MISSING(0xcc79a7),
        /// Zero pages.
        ZERO(0xd3d9df),
        /// Pages with other content than the following.
        DATA(0x0072b2),
        /// Pages of random bytes.
        RANDOM(0xd55e00),
        /// Pages of text.
        TEXT(0x009e73),
        /// Pages of machine code.
        CODE(0xe69f00);

        private final int rgb;

        Colour(int rgb) {
            this.rgb = rgb;
        }

        int rgb() {
            return rgb;
        }
    }
}
