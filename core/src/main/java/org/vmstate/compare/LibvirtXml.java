// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.LimitExceededException;
import org.vmstate.wire.VMStateException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;
import org.xml.sax.helpers.DefaultHandler;

/// Reads libvirt's XML. Document types, and with them entities, are refused.
final class LibvirtXml {
    private static final int MAX_CHARACTERS = 16 << 20;
    private static final String NO_DOCTYPE = "http://apache.org/xml/features/disallow-doctype-decl";

    private LibvirtXml() {}

    /// Parses a text, whose root element must have a name.
    ///
    /// Throws `CorruptException` if it is not such a text.
    static Element parse(String text, String name) throws VMStateException {
        if (text.length() > MAX_CHARACTERS) {
            throw new LimitExceededException("XML of " + text.length() + " characters", 0);
        }
        Element root;
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature(NO_DOCTYPE, true);
            factory.setXIncludeAware(false);
            factory.setExpandEntityReferences(false);
            DocumentBuilder builder = factory.newDocumentBuilder();
            builder.setErrorHandler(new DefaultHandler());
            root = builder.parse(new InputSource(new StringReader(text))).getDocumentElement();
        } catch (SAXParseException e) {
            throw corrupt("line " + e.getLineNumber() + ": " + e.getMessage(), e);
        } catch (SAXException | IOException e) {
            throw corrupt(String.valueOf(e.getMessage()), e);
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException(e);
        }
        if (!root.getTagName().equals(name)) {
            throw new CorruptException(
                    "XML of <" + root.getTagName() + ">, where <" + name + "> is expected", 0);
        }
        return root;
    }

    private static CorruptException corrupt(String detail, Exception cause) {
        CorruptException corrupt = new CorruptException("not XML: " + detail, 0);
        corrupt.initCause(cause);
        return corrupt;
    }

    /// The direct children with a name.
    static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        for (Node n = parent.getFirstChild(); n != null; n = n.getNextSibling()) {
            if (n instanceof Element element && element.getTagName().equals(name)) {
                found.add(element);
            }
        }
        return found;
    }

    /// The first direct child with a name.
    static Optional<Element> child(Element parent, String name) {
        return children(parent, name).stream().findFirst();
    }

    /// The trimmed text of the first direct child with a name; empty if there is none.
    static Optional<String> text(Element parent, String name) {
        return child(parent, name).map(e -> e.getTextContent().strip()).filter(t -> !t.isEmpty());
    }

    /// An attribute, if it is present.
    static Optional<String> attribute(Element element, String name) {
        return element.hasAttribute(name)
                ? Optional.of(element.getAttribute(name))
                : Optional.empty();
    }
}
