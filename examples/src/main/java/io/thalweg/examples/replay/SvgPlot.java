package io.thalweg.examples.replay;

import java.util.List;
import java.util.Locale;

/**
 * Static picture of a {@link PlotSeries}: values with the expected range above, surprise below. A
 * line has at most four points for each pixel, its first, least, greatest and last value there.
 */
final class SvgPlot {

  private static final int WIDTH = 960;
  private static final int HEIGHT = 470;
  private static final int LEFT = 72;
  private static final int RIGHT = WIDTH - 20;
  private static final int TOP = 64;
  private static final int MIDDLE = 316;
  private static final int LOWER = 344;
  private static final int BOTTOM = 432;

  private static final String STYLE =
      """
      svg{color-scheme:light dark;background:#fff;font:12px system-ui,sans-serif}
      .bg{fill:#fff}text{fill:#57606a}.title{fill:#1f2328;font-size:16px;font-weight:600}
      .grid{stroke:#d0d7de;stroke-width:.6}.frame{stroke:#8c959f;fill:none}
      .line{fill:none;stroke:#0550ae;stroke-width:1.2;stroke-linejoin:round}
      .expected{fill:none;stroke:#1a7f37;stroke-width:1;stroke-dasharray:4 3}
      .band{fill:#2da44e;fill-opacity:.2}.label{fill:#d4a72c;fill-opacity:.3}
      .surprise{fill:none;stroke:#8250df;stroke-width:1}
      .rate{stroke:#cf222e;stroke-dasharray:5 4}.incident{fill:#cf222e;fill-opacity:.85}
      .alert{fill:#cf222e;stroke:#fff;stroke-width:1}
      @media(prefers-color-scheme:dark){svg{background:#0d1117}.bg{fill:#0d1117}text{fill:#9198a1}
      .title{fill:#f0f6fc}.grid{stroke:#30363d}.frame{stroke:#656c76}.line{stroke:#58a6ff}
      .expected{stroke:#56d364}.band{fill:#3fb950;fill-opacity:.22}.label{fill:#d29922}
      .surprise{stroke:#bc8cff}.rate{stroke:#ff7b72}.incident{fill:#ff7b72}
      .alert{fill:#ff7b72;stroke:#0d1117}}
      """;

  private final PlotSeries series;
  private final String title;
  private final double rate;
  private final Markup svg = new Markup();
  private final long from;
  private final long to;
  private final long gap;

  private SvgPlot(PlotSeries series, String title, double rate) {
    this.series = series;
    this.title = title;
    this.rate = rate;
    this.from = series.time(0);
    this.to = Math.max(from + 1, series.time(series.size() - 1));
    this.gap = series.gap();
  }

  /** Linear scale from a number to a vertical position. */
  private record Scale(double least, double greatest, int top, int bottom) {
    double y(double value) {
      double share = (value - least) / (greatest - least);
      return bottom - Math.min(1.5, Math.max(-0.5, share)) * (bottom - top);
    }
  }

  /**
   * Returns the picture.
   *
   * @param rate the probability of the line of the alerts; NaN for none
   */
  static String of(PlotSeries series, String title, double rate) {
    return new SvgPlot(series, title, rate).draw();
  }

  private String draw() {
    double[] range = series.range();
    Scale values = new Scale(range[0], range[1], TOP, MIDDLE);
    double most =
        series.hasProbabilities() && rate > 0
            ? Math.max(-1.15 * Math.log10(rate), series.mostSurprise())
            : series.mostSurprise();
    Scale surprise = new Scale(0, most, LOWER, BOTTOM);
    svg.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "viewBox",
        "0 0 " + WIDTH + ' ' + HEIGHT,
        "role",
        "img",
        "aria-labelledby",
        "plot-title plot-description");
    svg.element("title", title, "id", "plot-title");
    svg.element("desc", description(series), "id", "plot-description");
    svg.open("style").raw(STYLE).close();
    svg.open("defs");
    for (Scale each : List.of(values, surprise)) {
      svg.open("clipPath", "id", "clip-" + each.top)
          .empty(
              "rect",
              "x",
              LEFT,
              "y",
              each.top,
              "width",
              RIGHT - LEFT,
              "height",
              each.bottom - each.top)
          .close();
    }
    svg.close();
    svg.empty("rect", "class", "bg", "width", WIDTH, "height", HEIGHT);
    svg.element("text", title, "class", "title", "x", LEFT, "y", 26);
    legend();
    axes(values, Axis.numbers(values.least, values.greatest, 6));
    axes(surprise, Axis.numbers(0, surprise.greatest, 3));
    times();
    drawValues(values);
    drawSurprise(surprise);
    return svg.close().toString();
  }

  /** Returns a sentence about a series, for people who do not see it. */
  static String description(PlotSeries series) {
    return String.format(
        Locale.ROOT,
        "%,d readings from %s to %s UTC, values from %s to %s; alerts: %,d, labelled periods: %,d.",
        series.size(),
        Axis.time(series.time(0)),
        Axis.time(series.time(series.size() - 1)),
        short3(series.extremes()[0]),
        short3(series.extremes()[1]),
        series.alerts().size(),
        series.labels().size());
  }

  private static String short3(double value) {
    return String.format(Locale.ROOT, "%.3g", value);
  }

  private void legend() {
    int x = LEFT;
    String surprise = series.hasProbabilities() ? "surprise, −log₁₀ p" : "score";
    String[][] entries = {
      {"line", "value"},
      {"band", "expected range"},
      {"surprise", surprise},
      {"alert", "alert"},
      {"incident", "incident"},
      {"label", "labelled"}
    };
    for (String[] entry : entries) {
      if (entry[0].equals("label") && series.labels().isEmpty()) {
        continue;
      }
      switch (entry[0]) {
        case "line", "surprise" -> svg.empty("path", "class", entry[0], "d", "M" + x + " 45h18");
        case "alert" -> svg.empty("circle", "class", "alert", "cx", x + 9, "cy", 45, "r", 4);
        case "incident" ->
            svg.empty("rect", "class", "incident", "x", x, "y", 43, "width", 18, "height", 4);
        default -> svg.empty("rect", "class", entry[0], "x", x, "y", 39, "width", 18, "height", 12);
      }
      svg.element("text", entry[1], "x", x + 24, "y", 49);
      x += 48 + 7 * entry[1].length();
    }
  }

  private void axes(Scale scale, List<Axis.Tick> ticks) {
    for (Axis.Tick tick : ticks) {
      String y = f(scale.y(tick.at()));
      svg.empty("path", "class", "grid", "d", "M" + LEFT + ' ' + y + "H" + RIGHT);
      svg.element(
          "text",
          tick.label(),
          "x",
          LEFT - 8,
          "y",
          f(scale.y(tick.at()) + 4),
          "text-anchor",
          "end");
    }
    svg.empty(
        "rect",
        "class",
        "frame",
        "x",
        LEFT,
        "y",
        scale.top,
        "width",
        RIGHT - LEFT,
        "height",
        scale.bottom - scale.top);
  }

  private void times() {
    for (Axis.Tick tick : Axis.times(from, to, 9)) {
      String x = f(x((long) tick.at()));
      svg.empty(
          "path",
          "class",
          "grid",
          "d",
          "M" + x + ' ' + TOP + "V" + MIDDLE + "M" + x + ' ' + LOWER + "V" + BOTTOM);
      svg.element("text", tick.label(), "x", x, "y", BOTTOM + 18, "text-anchor", "middle");
    }
    svg.element("text", "UTC", "x", RIGHT, "y", BOTTOM + 34, "text-anchor", "end");
  }

  private double x(long time) {
    return LEFT + (RIGHT - LEFT) * ((time - from) / (double) (to - from));
  }

  private static String f(double number) {
    String text = String.format(Locale.ROOT, "%.1f", number);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }

  private void drawValues(Scale scale) {
    svg.open("g", "clip-path", "url(#clip-" + scale.top + ")");
    for (PlotSeries.Period label : series.labels()) {
      double start = x(label.start());
      svg.empty(
          "rect",
          "class",
          "label",
          "x",
          f(start),
          "y",
          scale.top,
          "width",
          f(Math.max(1.5, x(label.end()) - start)),
          "height",
          scale.bottom - scale.top);
    }
    svg.empty("path", "class", "band", "d", band(scale));
    svg.empty("path", "class", "line", "d", line(scale, series::value));
    for (PlotSeries.Alert alert : series.alerts()) {
      double start = x(alert.start());
      svg.empty(
          "rect",
          "class",
          "incident",
          "x",
          f(start),
          "y",
          scale.bottom - 5,
          "width",
          f(Math.max(1.5, x(alert.end()) - start)),
          "height",
          5);
    }
    svg.close();
    for (PlotSeries.Alert alert : series.alerts()) {
      int at = Math.min(alert.alert(), series.size() - 1);
      double value = series.value(at);
      svg.open(
              "circle",
              "class",
              "alert",
              "cx",
              f(x(series.time(at))),
              "cy",
              f(
                  Math.max(
                      scale.top,
                      Math.min(scale.bottom, scale.y(Double.isFinite(value) ? value : 0)))),
              "r",
              4)
          .element("title", Axis.time(series.time(at)) + " " + alert.text())
          .close();
    }
  }

  private void drawSurprise(Scale scale) {
    svg.open("g", "clip-path", "url(#clip-" + scale.top + ")");
    svg.empty("path", "class", "surprise", "d", line(scale, series::surprise));
    if (series.hasProbabilities() && rate > 0) {
      svg.empty(
          "path",
          "class",
          "rate",
          "d",
          "M" + LEFT + ' ' + f(scale.y(-Math.log10(rate))) + "H" + RIGHT);
    }
    svg.close();
  }

  /** Numbers of the series by position. */
  private interface Column {
    double at(int i);
  }

  /** Returns a line through the finite numbers, reduced for each pixel. */
  private String line(Scale scale, Column column) {
    StringBuilder path = new StringBuilder();
    int i = 0;
    boolean isOpen = false;
    while (i < series.size()) {
      if (!Double.isFinite(column.at(i))) {
        isOpen = false;
        i++;
        continue;
      }
      if (isOpen && series.time(i) - series.time(i - 1) > gap) {
        isOpen = false;
      }
      int pixel = (int) x(series.time(i));
      int least = i;
      int greatest = i;
      int last = i;
      while (last + 1 < series.size()
          && (int) x(series.time(last + 1)) == pixel
          && Double.isFinite(column.at(last + 1))) {
        last++;
        least = column.at(last) < column.at(least) ? last : least;
        greatest = column.at(last) > column.at(greatest) ? last : greatest;
      }
      int[] points = {i, Math.min(least, greatest), Math.max(least, greatest), last};
      for (int k = 0; k < points.length; k++) {
        if (k == 0 || points[k] != points[k - 1]) {
          path.append(isOpen ? 'L' : 'M');
          path.append(f(x(series.time(points[k])))).append(' ');
          path.append(f(scale.y(column.at(points[k]))));
          isOpen = true;
        }
      }
      i = last + 1;
    }
    return path.toString();
  }

  /** Returns the area between the ends of the expected range, the widest in each pixel. */
  private String band(Scale scale) {
    StringBuilder path = new StringBuilder();
    StringBuilder back = new StringBuilder();
    for (int i = 0; i < series.size(); ) {
      int pixel = (int) x(series.time(i));
      int next = i;
      double low = Double.POSITIVE_INFINITY;
      double high = Double.NEGATIVE_INFINITY;
      while (next < series.size() && (int) x(series.time(next)) == pixel) {
        if (!Double.isNaN(series.low(next))) { // also without a limit: to the edge
          low = Math.min(low, series.low(next));
          high = Math.max(high, series.high(next));
        }
        next++;
      }
      boolean isKnown = low <= high;
      if (isKnown) {
        String x = f(x(series.time(i)));
        path.append(back.length() == 0 ? 'M' : 'L').append(x).append(' ').append(f(scale.y(high)));
        back.insert(0, "L" + x + ' ' + f(scale.y(low)));
      }
      if (back.length() > 0 && (!isKnown || next == series.size())) {
        path.append(back).append('Z');
        back.setLength(0);
      }
      i = next;
    }
    return path.toString();
  }
}
