package io.thalweg;

import java.util.Locale;

/** An SVG under construction: a white sheet, a few kinds of marks. Coordinates are pixels. */
final class Drawing {

  static final String INK = "#24292f";
  static final String FAINT = "#d0d7de";
  static final String GREY = "#6e7781";
  static final String BLUE = "#0969da";
  static final String GREEN = "#1a7f37";
  static final String ORANGE = "#bc4c00";
  static final String RED = "#cf222e";

  private final StringBuilder marks = new StringBuilder();
  private final String about;
  private final int width;

  Drawing(String about, int width) {
    this.about = about;
    this.width = width;
  }

  Drawing line(double x1, double y1, double x2, double y2, String colour, boolean dashed) {
    return add(
        "<line x1='%s' y1='%s' x2='%s' y2='%s' stroke='%s'%s/>",
        x1, y1, x2, y2, colour, dashed ? " stroke-dasharray='4 3'" : "");
  }

  /** A window: a bar from start to end, open at its right side. */
  Drawing bar(double from, double to, double y, double height, String colour, boolean hollow) {
    return add(
        "<rect x='%s' y='%s' width='%s' height='%s' rx='2' fill='%s' fill-opacity='%s' stroke='%s'%s/>",
        from + 1,
        y,
        Math.max(2, to - from - 2),
        height,
        colour,
        hollow ? 0 : 0.15,
        colour,
        hollow ? " stroke-dasharray='4 3'" : "");
  }

  Drawing dot(double x, double y, String colour) {
    return add("<circle cx='%s' cy='%s' r='4' fill='%s'/>", x, y, colour);
  }

  Drawing cross(double x, double y, String colour) {
    return add(
        "<path d='M%s %sl8 8m0 -8l-8 8' stroke='%s' stroke-width='2'/>", x - 4, y - 4, colour);
  }

  Drawing left(double x, double y, String text, String colour) {
    return text(x, y, "start", text, colour);
  }

  Drawing middle(double x, double y, String text, String colour) {
    return text(x, y, "middle", text, colour);
  }

  Drawing right(double x, double y, String text, String colour) {
    return text(x, y, "end", text, colour);
  }

  private Drawing text(double x, double y, String anchor, String text, String colour) {
    return add(
        "<text x='%s' y='%s' text-anchor='%s' fill='%s'>%s</text>",
        x, y, anchor, colour, text.replace("&", "&amp;").replace("<", "&lt;"));
  }

  private Drawing add(String format, Object... values) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] instanceof Double number) {
        String plain = String.format(Locale.ROOT, "%.1f", number);
        values[i] = plain.endsWith(".0") ? plain.substring(0, plain.length() - 2) : plain;
      }
    }
    marks.append(String.format(Locale.ROOT, format, values)).append('\n');
    return this;
  }

  /** The finished picture. */
  String finish(double height) {
    int h = (int) Math.ceil(height);
    return """
        <svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' width='%d' height='%d' \
        font-family='sans-serif' font-size='12'>
        <title>%s</title>
        <rect width='%d' height='%d' fill='#ffffff'/>
        """
            .formatted(width, h, width, h, about, width, h)
        + marks
        + "</svg>\n";
  }
}
