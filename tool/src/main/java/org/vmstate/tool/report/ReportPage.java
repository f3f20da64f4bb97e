// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vmstate.compare.MemoryDiff;

/// Writes a [Report] as one HTML page without references to other files.
///
/// Script and style are resources of this package, the same in every page; a content security
/// policy with their hashes forbids any other. The report is JSON in an element that is not
/// executed.
@SuppressWarnings("EnumOrdinal") // report.js has the same order, and comes with this class
public final class ReportPage {
    private static final int CHUNK = 1 << 16;

    private final Report report;
    private final Map<String, Integer> texts = new LinkedHashMap<>();

    /// Creates the page of a report.
    public ReportPage(Report report) {
        this.report = report;
    }

    /// Writes the page.
    public void writeTo(Writer out) throws IOException {
        String style = resource("report.css");
        String script = resource("report.js");
        String body = resource("report.html");
        String policy =
                "default-src 'none'; script-src '"
                        + hash(script)
                        + "'; style-src '"
                        + hash(style)
                        + "'; base-uri 'none'; form-action 'none'";
        out.write("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        out.write("<meta http-equiv=\"Content-Security-Policy\" content=\"" + policy + "\">\n");
        out.write(
                """
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                <meta name="referrer" content="no-referrer">
                <title>VMState report</title>
                """);
        out.write("<style>" + style + "</style>\n</head>\n");
        out.write(body);
        out.write("<script type=\"application/json\" id=\"data\">");
        json(out);
        out.write("</script>\n<script>" + script + "</script>\n</body>\n</html>\n");
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("no resource " + name);
            }
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    /// The hash of an inline script or style in a content security policy.
    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private int text(String text) {
        return texts.computeIfAbsent(text, _ -> texts.size());
    }

    private void json(Writer out) throws IOException {
        StringBuilder json = new StringBuilder("{\"format\":1,\"name\":");
        PageText.string(json, report.name());
        if (report.other().isPresent()) {
            json.append(",\"other\":");
            PageText.string(json, report.other().get());
        }
        json.append(",\"facts\":[");
        String separator = "";
        for (Report.Fact fact : report.facts()) {
            json.append(separator).append('[').append(fact.kind().ordinal()).append(',');
            PageText.string(json, fact.name());
            json.append(',');
            PageText.string(json, fact.value());
            json.append(']');
            separator = ",";
        }
        json.append("]");
        flush(json, out);
        nodes(json, out);
        memory(json);
        flush(json, out);
        json.append(",\"texts\":[");
        separator = "";
        for (String text : texts.keySet()) {
            json.append(separator);
            PageText.string(json, text);
            separator = ",";
            if (json.length() > CHUNK) {
                flush(json, out);
            }
        }
        json.append("],\"bytes\":[");
        separator = "";
        for (Report.Bytes bytes : report.bytes()) {
            json.append(separator).append('[');
            PageText.string(json, bytes.name());
            json.append(',').append(bytes.offset()).append(',').append(bytes.length());
            json.append(',').append(bytes.memory() ? 1 : 0).append(",\"");
            json.append(Base64.getEncoder().encodeToString(bytes.content()));
            json.append("\"]");
            separator = ",";
            flush(json, out);
        }
        json.append("]}");
        flush(json, out);
    }

    private static void flush(StringBuilder json, Writer out) throws IOException {
        out.append(json);
        json.setLength(0);
    }

    /// Writes the nodes in the order of the tree: per node the depth, the kind, the distance from
    /// the offset of the node before it, the length, and the indices of step, type and value; then
    /// the changes and the numbers of omitted children of some nodes.
    private void nodes(StringBuilder json, Writer out) throws IOException {
        json.append(",\"nodes\":[");
        Rows rows = new Rows();
        for (ReportNode device : report.devices()) {
            rows.add(device, 0, json, out);
        }
        json.append("],\"changes\":[").append(String.join(",", rows.changes));
        json.append("],\"folded\":[").append(String.join(",", rows.folded)).append(']');
        flush(json, out);
    }

    /// The rows of the tree.
    private final class Rows {
        private final List<String> changes = new ArrayList<>();
        private final List<String> folded = new ArrayList<>();
        private long offset;
        private int number;

        void add(ReportNode node, int depth, StringBuilder json, Writer out) throws IOException {
            json.append(number == 0 ? "" : ",").append(depth);
            json.append(',').append(node.kind().ordinal());
            json.append(',').append(node.offset() - offset);
            json.append(',').append(node.length());
            json.append(',').append(text(node.step()));
            json.append(',').append(text(node.type()));
            json.append(',').append(text(node.value()));
            offset = node.offset();
            int mine = number++;
            node.change()
                    .ifPresent(
                            c ->
                                    changes.add(
                                            mine
                                                    + ","
                                                    + c.kind().ordinal()
                                                    + ","
                                                    + text(c.before())
                                                    + ","
                                                    + text(c.after())));
            if (node.folded() > 0) {
                folded.add(mine + "," + node.folded());
            }
            if (json.length() > CHUNK) {
                flush(json, out);
            }
            for (ReportNode child : node.children()) {
                add(child, depth + 1, json, out);
            }
        }
    }

    private void memory(StringBuilder json) {
        if (report.memory().isEmpty()) {
            return;
        }
        ReportMemory memory = report.memory().get();
        json.append(",\"memory\":{\"page\":").append(memory.pageBytes());
        json.append(",\"unit\":").append(memory.unitBytes()).append(",\"blocks\":[");
        String separator = "";
        for (ReportMemory.Block block : memory.blocks()) {
            json.append(separator).append("{\"name\":");
            PageText.string(json, block.name());
            json.append(",\"length\":").append(block.length()).append(",\"runs\":[");
            separator = "";
            for (ReportMemory.Run run : block.runs()) {
                json.append(separator).append(run.units()).append(',');
                json.append(run.state().ordinal());
                separator = ",";
            }
            json.append("],\"changes\":[");
            separator = "";
            for (MemoryDiff.Range range : block.changes()) {
                json.append(separator).append(range.start()).append(',').append(range.end());
                json.append(',').append(range.change().ordinal());
                separator = ",";
            }
            json.append("]}");
            separator = ",";
        }
        json.append("]}");
    }
}
