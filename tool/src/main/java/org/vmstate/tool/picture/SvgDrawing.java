// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.picture;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/// A drawing as an SVG: one path per colour, and text that can be searched.
final class SvgDrawing implements Drawing {
    private final int width;
    private final int height;
    private final String title;
    private final Map<Colour, StringBuilder> rectangles = new EnumMap<>(Colour.class);
    private final StringBuilder texts = new StringBuilder();

    SvgDrawing(int width, int height, String title) {
        this.width = width;
        this.height = height;
        this.title = title;
    }

    @Override
    public void rectangle(int x, int y, int wide, int high, Colour colour) {
        rectangles
                .computeIfAbsent(colour, _ -> new StringBuilder())
                .append('M')
                .append(x)
                .append(' ')
                .append(y)
                .append('h')
                .append(wide)
                .append('v')
                .append(high)
                .append("h-")
                .append(wide)
                .append('z');
    }

    @Override
    public void text(int x, int y, String text, Colour colour) {
        texts.append("<text x=\"").append(x).append("\" y=\"").append(y + 14);
        texts.append("\" fill=\"").append(hex(colour)).append("\" textLength=\"");
        texts.append(text.length() * CHARACTER_WIDTH).append("\" xml:space=\"preserve\">");
        texts.append(escaped(text)).append("</text>\n");
    }

    private static String hex(Colour colour) {
        return String.format(Locale.ROOT, "#%06x", colour.rgb());
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        StringBuilder svg = new StringBuilder();
        svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"").append(width);
        svg.append("\" height=\"").append(height).append("\" viewBox=\"0 0 ").append(width);
        svg.append(' ').append(height);
        svg.append("\" role=\"img\" font-family=\"DejaVu Sans Mono,Menlo,Consolas,monospace\"");
        svg.append(" font-size=\"17\">\n<title>").append(escaped(title)).append("</title>\n");
        svg.append("<path fill=\"").append(hex(Colour.PAPER)).append("\" d=\"M0 0h");
        svg.append(width).append('v').append(height).append("h-").append(width).append("z\"/>\n");
        rectangles.forEach(
                (colour, path) ->
                        svg.append("<path shape-rendering=\"crispEdges\" fill=\"")
                                .append(hex(colour))
                                .append("\" d=\"")
                                .append(path)
                                .append("\"/>\n"));
        svg.append(texts).append("</svg>\n");
        out.write(svg.toString().getBytes(UTF_8));
    }
}
