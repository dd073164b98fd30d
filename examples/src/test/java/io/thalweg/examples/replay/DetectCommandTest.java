package io.thalweg.examples.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thalweg.examples.runtime.CommandLines;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DetectCommandTest {

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int detect(Object... options) {
    String[] arguments = new String[options.length + 1];
    arguments[0] = "detect";
    for (int i = 0; i < options.length; i++) {
      arguments[i + 1] = options[i].toString();
    }
    return CommandLines.of(new ReplayCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  @Test
  void call_quirks_giveOneRowForEachRecord() throws IOException {
    Path input =
        write(
            "in.csv",
            """
            sep=;
            Host;TimeStamp;Value
            a;"2015-02-26 21:42:53";7
            a;2015-02-26 21:47:53;
            a;2015-02-26 21:47:53;1.50
            a;2015-02-26 21:40:00;3
            a;noon;3
            a;2015-02-26 21:52:53;"1, 2"
            a
            "b;c";1424986973;-1e3
            """);
    Path output = folder.resolve("new/out.csv");

    assertThat(detect("--input", input, "--output", output, "--key=host")).isZero();

    assertThat(output)
        .hasContent(
            """
            timestamp,value,score,probability,alert,key
            2015-02-26 21:42:53,7,,,0,a
            2015-02-26 21:47:53,,,,0,a
            2015-02-26 21:47:53,1.50,,,0,a
            2015-02-26 21:40:00,3,,,0,a
            noon,3,,,0,a
            2015-02-26 21:52:53,"1, 2",,,0,a
            ,,,,0,
            1424986973,-1e3,,,0,b;c
            """);
    assertThat(out.toString())
        .isEqualToNormalizingNewlines(
            "in.csv: 8 rows (3 before the first probability, 1 without a value, 1 late,"
                + " 3 unreadable); alerts: 0\n");
    assertThat(err.toString())
        .isEqualToNormalizingNewlines(
            """
            in.csv: line 6: time must not be before that of an earlier record: 2015-02-26 21:40:00
            in.csv: line 7: time must be like 2015-02-26 21:42:53, 2015-02-26T21:42:53.5Z or an epoch number: noon
            in.csv: line 8: value must be a number: 1, 2
            in.csv: line 9: a record must have the 3 values of the header: a
            in.csv: values are separated by semicolons
            in.csv: times without a zone are read as UTC
            in.csv: times are read as epoch seconds
            """);
  }

  @Test
  void call_zscore_scoresByHand() throws IOException {
    Path input = write("in.csv", "timestamp,value\n1,1\n2,2\n3,3\n4,2\n5,8\n");
    Path output = folder.resolve("out.csv");

    assertThat(
            detect(
                "--input=" + input,
                "--output=" + output,
                "--detector=zscore",
                "--set=window=3",
                "--set=min-values=3",
                "--set=threshold=4"))
        .isZero();

    // 4: mean 2 of 1, 2, 3; 5: mean 7/3, deviation sqrt(1/3) of 2, 3, 2
    List<String> rows = Files.readAllLines(output);
    assertThat(rows.get(3)).isEqualTo("3,3,,,0");
    assertThat(rows.get(4)).isEqualTo("4,2,0.0,,0");
    assertThat(rows.get(5)).startsWith("5,8,9.81495").endsWith(",,1");
    assertThat(out.toString()).contains("alerts: 1");
  }

  @Test
  void call_book_hasItsFormula() throws IOException {
    Path input = write("in.csv", "timestamp,value\n1,1\n2,1\n3,1\n4,1\n5,6\n6,1\n");
    Path output = folder.resolve("out.csv");

    assertThat(
            detect("--input=" + input, "--output=" + output, "--detector=book", "--set=window=10s"))
        .isZero();

    // the window of five holds the reading: mean 2, population deviation 2
    assertThat(output).content().contains("4,1,,,0\n5,6,2.0,,0\n6,1,0.44721359");
  }

  @Test
  void call_folder_isMirrored() throws IOException {
    write("in/a/x.csv", "timestamp,value\n1,1\n");
    write("in/a/y.jsonl", "{\"timestamp\": 1, \"value\": 1}\n");
    write("in/b/z.csv", "when,value\n1,1\n");
    write("in/windows.json", "{}");
    Path output = folder.resolve("out");

    assertThat(detect("--input", folder.resolve("in"), "--output", output)).isEqualTo(1);

    assertThat(output.resolve("a/x.csv")).content().endsWith("\n1,1,,,0\n");
    assertThat(output.resolve("a/y.csv")).content().endsWith("\n1,1,,,0\n");
    assertThat(output.resolve("b/z.csv")).doesNotExist();
    assertThat(output.resolve("windows.csv")).doesNotExist();
    assertThat(err.toString())
        .contains("error: b/z.csv: line 1: the header must have the column timestamp: when, value")
        .contains("a/x.csv and 1 more: times are read as epoch seconds");
    assertThat(out.toString()).endsWith("3 files, 1 failed: 2 rows" + System.lineSeparator());
  }

  @Test
  void call_strict_stopsAndKeepsTheOutputOfBefore() throws IOException {
    Path input = write("in.csv", "timestamp,value\n1,1\n2,x\n3,1\n");
    Path output = write("out.csv", "before");

    assertThat(detect("--input", input, "--output", output, "--strict")).isEqualTo(1);

    assertThat(output).hasContent("before");
    assertThat(err.toString())
        .contains("error: in.csv: line 3: value must be a number: x (--strict)");
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("in.csv", "out.csv");
  }

  @Test
  void call_decimalComma_isRefusedUnlessDemanded() throws IOException {
    Path input = write("in.csv", "timestamp;value\n1;1,5\n");
    Path output = folder.resolve("out.csv");

    assertThat(detect("--input", input, "--output", output)).isEqualTo(1);
    assertThat(err.toString()).contains("line 2: value must have a decimal point: 1,5; ");
    assertThat(output).doesNotExist();

    assertThat(detect("--input", input, "--output", output, "--decimal-comma")).isZero();
    assertThat(output).content().endsWith("1,\"1,5\",,,0\n");
  }

  @Test
  void call_console_hasRowsOnTheOutputAndCountsOnTheOther() throws IOException {
    Path input = write("in.csv", "timestamp,value\n1,1\n");
    assertThat(detect("--input", input, "--output", "-")).isZero();
    assertThat(out.toString()).isEqualTo("timestamp,value,score,probability,alert\n1,1,,,0\n");
    assertThat(err.toString()).contains("in.csv: 1 rows");
  }

  @Test
  void call_noReadableRecord_isAnError() throws IOException {
    Path input = write("in.csv", "timestamp,value\nx,1\ny,1\n");
    assertThat(detect("--input", input, "--output", folder.resolve("out.csv"))).isEqualTo(1);
    assertThat(err.toString()).contains("error: in.csv: no record can be read");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--detector=best | --detector must be one of standard, ",
        "--set=speed=3 | --set must name one of close-after, cool-down, ",
        "--set=direction=left | --set direction must be one of both, up, down: left",
        "--set=open=5 | --set open must be k/n, such as 2/3: 5",
        "--set=cool-down=5 | --set cool-down must be a duration such as 500ms, 30s, 5m, 1h or 1d: 5",
        "--rate=2 | rate must be above 0 and below 1: 2.0",
        "--rate=x | Invalid value for option '--rate'",
        "--format=xml | Invalid value for option '--format'"
      })
  void call_wrongOption_isRefused(String option, String message) throws IOException {
    Path input = write("in.csv", "timestamp,value\n1,1\n");
    assertThat(detect("--input", input, "--output", folder.resolve("out.csv"), option))
        .isEqualTo(2);
    assertThat(err.toString()).contains(message);
  }

  @Test
  void call_paths_areChecked() throws IOException {
    Path input = write("in/a.csv", "timestamp,value\n1,1\n");
    assertThat(detect("--input", folder.resolve("none"), "--output", folder.resolve("o")))
        .isEqualTo(1);
    assertThat(err.toString()).contains("error: --input must exist: ");
    assertThat(detect("--input", input, "--output", input)).isEqualTo(1);
    assertThat(err.toString()).contains("--output must be another file than the input");
    assertThat(detect("--input", folder, "--output", folder.resolve("in"))).isEqualTo(1);
    assertThat(err.toString()).contains("--output must be outside of the input folder");
    assertThat(detect("--input", input.getParent(), "--output", "-")).isZero();
    assertThat(detect("--input", Files.createDirectory(folder.resolve("empty")), "--output", "o"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("--input must have .csv, ");
  }

  @Test
  void call_data_givesARowForEachLine() throws IOException {
    String data = System.getProperty("thalweg.data");
    assumeTrue(data != null, "-Dthalweg.data names the folder of data");
    for (String corpus : List.of("nab", "cloud-monitoring")) {
      Path input = Path.of(data, corpus);
      Path output = folder.resolve(corpus);
      assertThat(detect("--input", input, "--output", output)).as("%s", err).isZero();
      for (Path file : ReplayFiles.files(input)) {
        List<String> records = Files.readAllLines(file);
        List<String> rows = Files.readAllLines(output.resolve(input.relativize(file)));
        assertThat(rows).as("%s", file).hasSameSizeAs(records);
        for (int i = 1; i < rows.size(); i++) {
          String time = records.get(i).split(",")[0].replace("\"", "").replace("\uFEFF", "");
          assertThat(rows.get(i)).startsWith(time + ',');
        }
      }
    }
  }
}
