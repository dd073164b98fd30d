package io.thalweg.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregates;
import io.thalweg.runner.RunSummary;
import io.thalweg.runner.Runner;
import io.thalweg.runner.Source;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordFileTest {

  private record Reading(String device, double value, long time, Integer floor) {}

  private final List<Object> rejected = new ArrayList<>();

  private <E> List<E> read(Source<E> source) throws IOException {
    List<E> events = new ArrayList<>();
    source.read(events::add, (record, reason) -> rejected.add(reason + " | " + record));
    return events;
  }

  private static RecordFile text(String text) {
    return RecordFile.of(new ByteArrayInputStream(text.getBytes(UTF_8)));
  }

  /** Lines need no library; the formats that do name it. */
  @Test
  void csvOrJsonLines_withoutJackson_namesTheDependency() throws Exception {
    URL classes = RecordFile.class.getProtectionDomain().getCodeSource().getLocation();
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {classes}, ClassLoader.getPlatformClassLoader())) {
      Class<?> type = loader.loadClass(RecordFile.class.getName());
      Object file = type.getMethod("of", Path.class).invoke(null, Path.of("readings.csv"));
      for (int attempt = 0; attempt < 2; attempt++) {
        assertThatThrownBy(() -> type.getMethod("csv").invoke(file))
            .cause()
            .isInstanceOf(IllegalStateException.class)
            .hasMessageStartingWith(
                "the format needs the library"
                    + " com.fasterxml.jackson.dataformat:jackson-dataformat-csv, which is optional");
        assertThatThrownBy(() -> type.getMethod("jsonLines", Class.class).invoke(file, Map.class))
            .cause()
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("com.fasterxml.jackson.core:jackson-databind");
      }
    }
  }

  @Test
  void csv_markQuotesEmptyLinesAndOtherColumns_areRead() throws IOException {
    String csv =
        """
        \uFEFFtime,device,comment, value ,floor

        1,pump-1,"a ""quoted"", value",1.5,3
        2,"pump
        2",,-2e3,\r
        """;
    assertThat(read(text(csv).csv(Reading.class)))
        .containsExactly(new Reading("pump-1", 1.5, 1, 3), new Reading("pump\n2", -2_000, 2, null));
    assertThat(rejected).isEmpty();
  }

  @Test
  void csv_badLines_areRejectedWithNumberAndText() throws IOException {
    String csv =
        """
        device,value,time
        a,abc,1
        a,1,1.5
        a,,3
        a,1
        a,1,5,6
        a,1,6
        "a,1,7
        a,1,8
        """;
    assertThat(read(text(csv).csv(Reading.class)))
        .extracting(Reading::time)
        .containsExactly(6L, 8L);
    assertThat(rejected)
        .hasSize(6)
        .satisfiesExactly(
            each -> assertThat(each).asString().startsWith("line 2: value: ").endsWith("| a,abc,1"),
            each -> assertThat(each).asString().startsWith("line 3: time: "),
            each -> assertThat(each).asString().startsWith("line 4: value: "),
            each -> assertThat(each).asString().startsWith("line 5: "),
            each -> assertThat(each).asString().startsWith("line 6: "),
            each -> assertThat(each).isEqualTo("line 8: a quote must be closed | \"a,1,7"));
  }

  @Test
  void csv_asMaps_keepsTheText() throws IOException {
    assertThat(read(text("a;b\n1;x,y\n").delimiter(';').csv()))
        .containsExactly(Map.of("a", "1", "b", "x,y"));
    assertThat(read(text("").csv())).isEmpty();
  }

  @Test
  void csv_badHeader_throws() {
    assertThatThrownBy(() -> read(text("a,b,a\n1,2,3\n").csv()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a header must name each column once: a,b,a");
  }

  @Test
  void jsonLines_badLines_areRejectedWithNumberAndText() throws IOException {
    String json =
        """
        {"device": "a", "value": 1, "time": 1, "more": [2]}

        {"device": "a", "value": "abc", "time": 2}
        {"device": "a", "value": 1, "time": 2.5}
        {"device": "a", "value": 1}
        {"device": "a", "value": 1, "time": 3} {}
        {"device": "a", "device": "b", "value": 1, "time": 3}
        {"device": "a",
        [1]
        null
        {"device": "b", "value": 2, "time": 9, "floor": null}
        """;
    assertThat(read(text(json).jsonLines(Reading.class)))
        .containsExactly(new Reading("a", 1, 1, null), new Reading("b", 2, 9, null));
    assertThat(rejected)
        .extracting(each -> each.toString().substring(0, 8).replace(":", ""))
        .containsExactly(
            "line 3 ", "line 4 ", "line 5 ", "line 6 ", "line 7 ", "line 8 ", "line 9 ", "line 10");
  }

  @Test
  void jsonLines_asMaps_keepsTheValues() throws IOException {
    assertThat(read(text("{\"a\": 1, \"b\": \"x\"}").jsonLines()))
        .containsExactly(Map.of("a", 1, "b", "x"));
  }

  @Test
  void lines_parserThrows_rejectsTheLineAndGoesOn() throws IOException {
    assertThat(read(text("1\r\n\r\nx\n3").lines(Integer::valueOf))).containsExactly(1, 3);
    assertThat(rejected).containsExactly("line 3: For input string: \"x\" | x");
  }

  @Test
  void lines_notUtf8OrTooLong_areRejected() throws IOException {
    byte[] bytes = ("1\n?\n" + "7".repeat(Lines.MAX_BYTES + 1) + "\n4\n").getBytes(UTF_8);
    bytes[2] = (byte) 0xFF;
    assertThat(read(RecordFile.of(new ByteArrayInputStream(bytes)).lines(Integer::valueOf)))
        .containsExactly(1, 4);
    assertThat(rejected)
        .satisfiesExactly(
            each -> assertThat(each).asString().startsWith("line 2: a line must be UTF-8"),
            each ->
                assertThat(each).asString().startsWith("line 3: a line must have at most 1048576"));
  }

  @Test
  void run_ofAFile_countsEveryLine(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("readings.csv"),
            "device,value,time\na,1,1000\na,x,2000\na,3,1500\nb,4,12000\na,5,2500\n");
    List<String> lines = new ArrayList<>();
    RunSummary summary =
        Runner.of(Reading::device, Reading::time, Duration.ofSeconds(1))
            .add(
                WindowedAggregator.of(
                        Aggregates.<Reading>count(), Windows.tumbling(Duration.ofSeconds(10)))
                    .build(),
                (device, n) -> lines.add(device + " " + n))
            .run(RecordFile.of(file).csv(Reading.class));
    assertThat(lines).containsExactly("a 2", "b 1");
    assertThat(summary.events()).isEqualTo(5);
    assertThat(summary.processed()).isEqualTo(3);
    assertThat(summary.late()).isEqualTo(1);
    assertThat(summary.rejected()).isEqualTo(1);
    assertThat(summary.firstRejected().get(0).event()).isEqualTo("a,x,2000");
  }

  /** A text of 60 MB, which is made while it is read. */
  @Test
  void lines_largeText_isStreamed() throws IOException {
    byte[] line = ("x".repeat(59) + "\n").getBytes(UTF_8);
    long[] counts = new long[2];
    InputStream in =
        new InputStream() {
          @Override
          public int read() {
            throw new UnsupportedOperationException();
          }

          @Override
          public int read(byte[] to, int offset, int length) {
            if (counts[0] == 1_000_000) {
              return -1;
            }
            counts[0]++;
            System.arraycopy(line, 0, to, offset, line.length);
            return line.length;
          }
        };
    RecordFile.of(in)
        .lines(String::length)
        .read(length -> counts[1] += length, (record, reason) -> rejected.add(reason));
    assertThat(counts[1]).isEqualTo(59_000_000L);
    assertThat(rejected).isEmpty();
  }
}
