package io.thalweg.examples.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.testing.SeriesGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class PlotCommandTest {

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int plot(Object... options) {
    List<String> arguments = new ArrayList<>(List.of("plot"));
    for (Object option : options) {
      arguments.add(option.toString());
    }
    return CommandLines.of(new ReplayCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments.toArray(String[]::new));
  }

  private Path series(int rows) throws IOException {
    StringBuilder csv = new StringBuilder("timestamp,value,label,host\n");
    SeriesGenerator series = SeriesGenerator.of(SeriesGenerator.Background.DAILY, 5);
    for (int i = 0; i < rows; i++) {
      series.next();
      boolean odd = i >= rows - 50 && i < rows - 45;
      csv.append(series.timestamp()).append(',').append(odd ? 900 + i : series.value());
      csv.append(',').append(odd ? 1 : 0).append(",<b>&\n");
    }
    return Files.writeString(folder.resolve("in.csv"), csv);
  }

  private static Document parse(String xml) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(xml)));
  }

  private static List<Element> ofClass(Document svg, String tag, String name) {
    List<Element> found = new ArrayList<>();
    NodeList all = svg.getElementsByTagName(tag);
    for (int i = 0; i < all.getLength(); i++) {
      Element each = (Element) all.item(i);
      if (each.getAttribute("class").equals(name)) {
        found.add(each);
      }
    }
    return found;
  }

  @Test
  void call_svgOfManyReadings_isSmallAndNamed() throws Exception {
    Path output = folder.resolve("out.svg");
    assertThat(
            plot(
                "--input",
                series(20_000),
                "--output",
                output,
                "--label=label",
                "--title=<a> & \"b\""))
        .isZero();

    String text = Files.readString(output);
    Document svg = parse(text);
    assertThat(text).hasSizeLessThan(150_000).doesNotContain("NaN", "Infinity", "<a>");
    assertThat(text.replace("http://www.w3.org/2000/svg", "")).doesNotContain("http", "@import");
    assertThat(svg.getElementsByTagName("title").item(0).getTextContent()).isEqualTo("<a> & \"b\"");
    assertThat(svg.getElementsByTagName("desc").item(0).getTextContent())
        .startsWith("20,000 readings from 2024-01-01 00:00:00 to 2024-03-10 10:35:00 UTC, values")
        .endsWith("labelled periods: 1.");
    // one entry of the legend each
    assertThat(ofClass(svg, "circle", "alert")).hasSizeGreaterThan(1);
    assertThat(ofClass(svg, "rect", "label")).hasSize(2);
    assertThat(ofClass(svg, "path", "band").get(0).getAttribute("d")).isNotEmpty();
    assertThat(out.toString()).contains("in.csv: 20,000 rows (20,000 drawn); alerts: ");
  }

  @Test
  void call_html_permitsItsOwnContentOnly() throws Exception {
    Path output = folder.resolve("out.html");
    assertThat(
            plot(
                "--input",
                series(2_000),
                "--output",
                output,
                "--key=host",
                "--series=<b>&",
                "--title=</script><script>alert(1)</script>"))
        .isZero();

    String text = Files.readString(output);
    assertThat(text)
        .doesNotContain("http:", "https:", "src=", "style=\"", "onclick", "<script>alert")
        .contains("&lt;/script&gt;&lt;script&gt;alert(1)");
    assertThat(text.split("<script", -1)).hasSize(3);
    Matcher policy =
        Pattern.compile("script-src &#39;(sha256-[^&]*)&#39;; style-src &#39;(sha256-[^&]*)&#39;")
            .matcher(text);
    assertThat(policy.find()).isTrue();
    assertThat(policy.group(1)).isEqualTo(hash(between(text, "<script>", "</script>")));
    assertThat(policy.group(2)).isEqualTo(hash(between(text, "<style>", "</style>")));
    assertThat(between(text, "id=\"data\">", "</script>")).startsWith("{\"name\"").endsWith("}");
  }

  private static String between(String text, String start, String end) {
    int from = text.indexOf(start) + start.length();
    return text.substring(from, text.indexOf(end, from));
  }

  private static String hash(String content) throws Exception {
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
    return "sha256-" + Base64.getEncoder().encodeToString(digest);
  }

  @Test
  void call_fewOrOddReadings_areDrawn() throws Exception {
    for (String rows :
        List.of("1,5\n", "1,5\n1,5\n", "1,\n2,NaN\n", "1,inf\n2,1e300\n3,-1e300\n")) {
      Path input = Files.writeString(folder.resolve("few.csv"), "timestamp,value\n" + rows);
      for (String name : List.of("few.svg", "few.html")) {
        assertThat(plot("--input", input, "--output", folder.resolve(name), "--detector=zscore"))
            .as("%s %s", rows, err)
            .isZero();
      }
      parse(Files.readString(folder.resolve("few.svg")));
    }
  }

  @Test
  void call_wrongOptions_areRefused() throws Exception {
    Path input = series(10);
    assertThat(plot("--input", input, "--output", "a.png")).isEqualTo(2);
    assertThat(err.toString()).contains("--output must end in .svg or .html: a.png");
    assertThat(plot("--input", input, "--output", "a.svg", "--key=host")).isEqualTo(2);
    assertThat(err.toString()).contains("--key and --series must be given together");
    assertThat(plot("--input", input, "--output", "a.svg", "--key=host", "--series=x"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("--input must have a readable record of the key x");
    Path labels = Files.writeString(folder.resolve("l.json"), "{\"b.csv\": []}");
    assertThat(plot("--input", input, "--output", "a.svg", "--labels", labels)).isEqualTo(1);
    assertThat(err.toString()).contains("--labels must name the input: ");
    Files.writeString(labels, "{\"in.csv\": [[1]]}");
    assertThat(plot("--input", input, "--output", "a.svg", "--labels", labels)).isEqualTo(1);
    assertThat(err.toString()).contains("labels must map names of files to lists");
  }
}
