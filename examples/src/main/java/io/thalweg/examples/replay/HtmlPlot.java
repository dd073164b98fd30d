package io.thalweg.examples.replay;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;

/**
 * Page with a {@link PlotSeries} to zoom and pan. It is one file: data, script and style are within
 * it, and its content security policy permits nothing else, by their hashes.
 */
final class HtmlPlot {

  /** Number of alerts in the table. */
  private static final int MOST_ROWS = 500;

  /** Bound for a range without a limit: JSON has no infinity. */
  private static final double UNBOUNDED = 1e300;

  private HtmlPlot() {}

  /**
   * Returns the page.
   *
   * @param rate the probability of the line of the alerts; NaN for none
   */
  static String of(PlotSeries series, String title, double rate) {
    String script = resource("plot.js");
    String style = resource("plot.css");
    String surprise = series.hasProbabilities() ? "surprise, −log₁₀ p" : "score";
    Markup page = new Markup();
    page.open("html", "lang", "en").open("head").empty("meta", "charset", "utf-8");
    page.empty(
        "meta",
        "http-equiv",
        "Content-Security-Policy",
        "content",
        "default-src 'none'; script-src "
            + hash(script)
            + "; style-src "
            + hash(style)
            + "; base-uri 'none'; form-action 'none'");
    page.empty("meta", "name", "viewport", "content", "width=device-width,initial-scale=1");
    page.element("title", title);
    page.open("style").raw(style).close().close();
    page.open("body").element("h1", title).element("p", SvgPlot.description(series));
    page.element(
        "canvas",
        "",
        "id",
        "plot",
        "tabindex",
        0,
        "role",
        "img",
        "aria-label",
        title + ". " + SvgPlot.description(series));
    page.element("output", "", "id", "reading");
    page.open("ul");
    page.element("li", "value", "class", "value");
    page.element("li", "expected range", "class", "band");
    page.element("li", surprise, "class", "surprise");
    page.element("li", "alert and incident", "class", "alert");
    if (!series.labels().isEmpty()) {
      page.element("li", "labelled", "class", "label");
    }
    page.close();
    page.open("p")
        .element("button", "zoom in", "id", "in")
        .element("button", "zoom out", "id", "out")
        .element("button", "all", "id", "all")
        .text("Wheel or + and −: zoom; drag or arrow keys: move; double click or Home: all.")
        .close();
    page.open("noscript").element("p", "The plot needs JavaScript; the table does not.").close();
    table(page, series);
    page.open("script", "type", "application/json", "id", "data");
    page.raw(json(series, rate).replace("<", "\\u003c")).close();
    page.open("script").raw(script).close();
    return "<!DOCTYPE html>\n" + page.close().close();
  }

  private static void table(Markup page, PlotSeries series) {
    List<PlotSeries.Alert> alerts = series.alerts();
    page.open("table").element("caption", "alerts: " + alerts.size());
    page.open("tr").element("th", "time, UTC").element("th", "incident").element("th", "").close();
    for (int i = 0; i < Math.min(MOST_ROWS, alerts.size()); i++) {
      page.open("tr", "data-alert", i)
          .element("td", Axis.time(alerts.get(i).start()))
          .element("td", alerts.get(i).text())
          .open("td")
          .element("button", "show")
          .close()
          .close();
    }
    page.close();
    if (alerts.size() > MOST_ROWS) {
      page.element("p", (alerts.size() - MOST_ROWS) + " more alerts are in the plot only.");
    }
  }

  private static String json(PlotSeries series, double rate) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("name", series.hasProbabilities() ? "surprise" : "score");
      json.writeFieldName("rate");
      write(json, series.hasProbabilities() ? rate : Double.NaN);
      json.writeNumberField("gap", series.gap());
      json.writeArrayFieldStart("t"); // each as the distance from the one before
      for (int i = 0; i < series.size(); i++) {
        json.writeNumber(series.time(i) - (i == 0 ? 0 : series.time(i - 1)));
      }
      json.writeEndArray();
      write(json, "v", series.size(), series::value);
      write(json, "lo", series.size(), series::low);
      write(json, "hi", series.size(), series::high);
      write(json, "s", series.size(), series::surprise);
      json.writeArrayFieldStart("labels");
      for (PlotSeries.Period each : series.labels()) {
        json.writeStartArray();
        json.writeNumber(each.start());
        json.writeNumber(each.end());
        json.writeEndArray();
      }
      json.writeEndArray();
      json.writeArrayFieldStart("alerts");
      for (PlotSeries.Alert each : series.alerts()) {
        json.writeStartArray();
        json.writeNumber(Math.min(each.alert(), series.size() - 1));
        json.writeNumber(each.start());
        json.writeNumber(each.end());
        json.writeString(each.text());
        json.writeEndArray();
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // cannot happen in memory
    }
    return text.toString();
  }

  /** Numbers of a series by position. */
  private interface Column {
    double at(int i);
  }

  private static void write(JsonGenerator json, String name, int size, Column column)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (int i = 0; i < size; i++) {
      write(json, column.at(i));
    }
    json.writeEndArray();
  }

  private static void write(JsonGenerator json, double value) throws IOException {
    if (Double.isNaN(value)) {
      json.writeNull();
    } else if (Double.isInfinite(value)) {
      json.writeNumber(Math.copySign(UNBOUNDED, value));
    } else {
      float rounded = (float) value; // seven digits
      boolean fits = rounded != 0 && !Float.isInfinite(rounded) && Math.abs(value) < 1e6;
      if (fits) {
        json.writeNumber(rounded);
      } else {
        json.writeNumber(value);
      }
    }
  }

  private static String resource(String name) {
    try (InputStream in = HtmlPlot.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hash(String content) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
      return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}
