package io.thalweg.examples.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.examples.runtime.CommandLines;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WindowsCommandTest {

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int windows(String text, String... options) throws IOException {
    Path input = Files.writeString(folder.resolve("in.csv"), text);
    List<String> arguments = new ArrayList<>(List.of("windows", "--input=" + input));
    arguments.addAll(List.of(options));
    return CommandLines.of(new ReplayCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments.toArray(String[]::new));
  }

  private static final String READINGS =
      "timestamp;value;host\n0;1;a\n10;2;a\n30;3;a\n12;9;a\n70;4;a\n75;;a\n140;5;a\n20;1;a\nx;1;a\n";

  @Test
  void call_lateReadings_correctAndRetractResults() throws IOException {
    assertThat(
            windows(
                READINGS,
                "--windows=tumbling:60s,session:15s",
                "--aggregate=mean,stddev,count,median,min,max,sum,distinct",
                "--delay=5s",
                "--lateness=30s",
                "--key=host"))
        .isZero();
    String epoch = "a,1970-01-01T00:";
    assertThat(out.toString())
        .isEqualTo(
            """
            query,key,start,end,timing,mean,stddev,count,median,min,max,sum,distinct
            session:15s,a,00:00Z,00:25Z,on_time,1.5,0.7071067811865476,2,1.0,1.0,2.0,3.0,2
            session:15s,a,00:00Z,00:25Z,retracted,1.5,0.7071067811865476,2,1.0,1.0,2.0,3.0,2
            session:15s,a,00:00Z,00:27Z,on_time,4.0,4.358898943540674,3,2.0,1.0,9.0,12.0,3
            session:15s,a,00:30Z,00:45Z,on_time,3.0,,1,3.0,3.0,3.0,3.0,1
            tumbling:60s,a,00:00Z,01:00Z,on_time,3.75,3.593976442141304,4,2.0,1.0,9.0,15.0,4
            session:15s,a,01:10Z,01:25Z,on_time,4.0,,1,4.0,4.0,4.0,4.0,1
            tumbling:60s,a,01:00Z,02:00Z,on_time,4.0,,1,4.0,4.0,4.0,4.0,1
            session:15s,a,02:20Z,02:35Z,on_time,5.0,,1,5.0,5.0,5.0,5.0,1
            tumbling:60s,a,02:00Z,03:00Z,on_time,5.0,,1,5.0,5.0,5.0,5.0,1
            """
                .replace("a,0", epoch + "0")
                .replaceAll("Z,(0\\d:)", "Z,1970-01-01T00:$1"));
    assertThat(err.toString())
        .contains("in.csv: line 9: all windows of the reading are closed")
        .contains("in.csv: line 10: time must be like ")
        .contains(
            "in.csv: 9 rows (6 in windows, 1 without a value, 1 late, 1 rejected); results: 9");
  }

  @Test
  void call_jsonLines_areWrittenByTheName() throws IOException {
    Path output = folder.resolve("out.jsonl");
    assertThat(
            windows(
                "timestamp,value\n0,1\n1,3\n",
                "--windows=cumulative:2s/1s,sliding:2s/2s",
                "--aggregate=count,p50,stddev",
                "--output=" + output))
        .isZero();
    assertThat(Files.readAllLines(output))
        .contains(
            "{\"query\":\"cumulative:2s/1s\",\"key\":\"\",\"start\":\"1970-01-01T00:00:00Z\","
                + "\"end\":\"1970-01-01T00:00:01Z\",\"timing\":\"on_time\","
                + "\"count\":1,\"p50\":1.0,\"stddev\":null}")
        .hasSize(3);
    assertThat(out.toString()).contains("in.csv: 2 rows (2 in windows); results: 3");
  }

  @Test
  void call_strict_stopsAtTheFirstLateReading() throws IOException {
    Path output = folder.resolve("out.csv");
    assertThat(windows(READINGS, "--windows=tumbling:10s", "--strict", "--output=" + output))
        .isEqualTo(1);
    assertThat(err.toString())
        .contains("error: in.csv: line 5: all windows of the reading are closed (--strict)");
    assertThat(output).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--windows=tumbling | --windows: must be tumbling:SIZE, ",
        "--windows=sliding:5s | --windows: must be tumbling:SIZE, ",
        "--windows=tumbling:5 | must be a duration such as 500ms, 30s, 5m, 1h or 1d: 5",
        "--windows=tumbling:0s | --windows: ",
        "--windows=tumbling:1s --aggregate=p100 | --aggregate: must be count, ",
        "--windows=tumbling:1s --delay=x | must be a duration such as"
      })
  void call_wrongOption_isRefused(String options, String message) throws IOException {
    assertThat(windows("timestamp,value\n", options.split(" "))).isEqualTo(2);
    assertThat(err.toString()).contains(message);
  }
}
