package io.thalweg.examples.replay;

import java.util.ArrayDeque;
import java.util.Deque;

/** Writer of XML and HTML elements. Names are the program's own; texts and values are escaped. */
final class Markup {

  private final StringBuilder out = new StringBuilder(1 << 16);
  private final Deque<String> open = new ArrayDeque<>();

  /** Opens an element, with names and values of attributes in turn. */
  Markup open(String name, Object... attributes) {
    start(name, attributes);
    out.append('>');
    open.push(name);
    return this;
  }

  /** Adds an element without content. */
  Markup empty(String name, Object... attributes) {
    start(name, attributes);
    out.append("/>\n");
    return this;
  }

  /** Adds an element with a text. */
  Markup element(String name, String text, Object... attributes) {
    return open(name, attributes).text(text).close();
  }

  private void start(String name, Object... attributes) {
    out.append('<').append(name);
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      escape(attributes[i + 1].toString());
      out.append('"');
    }
  }

  Markup text(String text) {
    escape(text);
    return this;
  }

  /** Adds content of a script or style, which has no escapes, from the program's own files. */
  Markup raw(String content) {
    if (content.contains("</")) {
      throw new IllegalArgumentException("raw content must not close an element");
    }
    out.append(content);
    return this;
  }

  Markup close() {
    out.append("</").append(open.pop()).append(">\n");
    return this;
  }

  private void escape(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> {
          boolean isLegal = c >= ' ' && c < '\ufffe' || c == '\n' || c == '\t';
          boolean isPaired =
              Character.isHighSurrogate(c)
                  ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
                  : !Character.isLowSurrogate(c)
                      || i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
          out.append(isLegal && isPaired ? c : '\ufffd');
        }
      }
    }
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
