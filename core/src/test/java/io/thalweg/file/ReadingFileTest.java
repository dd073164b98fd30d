package io.thalweg.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReadingFileTest {

  @TempDir private Path folder;

  private final List<String> notices = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();

  private List<Reading> read(String name, String text, UnaryOperator<ReadingFile> options)
      throws IOException {
    return read(name, text, StandardCharsets.UTF_8, options);
  }

  private List<Reading> read(
      String name, String text, Charset charset, UnaryOperator<ReadingFile> options)
      throws IOException {
    Path path = Files.writeString(folder.resolve(name), text, charset);
    List<Reading> readings = new ArrayList<>();
    options
        .apply(ReadingFile.of(path).onNotice(notices::add))
        .read(
            readings::add,
            (record, reason) -> {
              readings.add((Reading) record);
              faults.add(reason);
            });
    return readings;
  }

  private List<Reading> csv(String text) throws IOException {
    return read("a.csv", text, file -> file);
  }

  private static long millis(String instant) {
    return Instant.parse(instant).toEpochMilli();
  }

  @Test
  void csv_nabFile_isRead() throws IOException {
    assertThat(csv("timestamp,value\n2015-02-26 21:42:53,104\n2015-02-26 21:47:53,1e2\n"))
        .containsExactly(
            new Reading(
                2, "2015-02-26 21:42:53", "104", "", "", millis("2015-02-26T21:42:53Z"), 104, null),
            new Reading(
                3,
                "2015-02-26 21:47:53",
                "1e2",
                "",
                "",
                millis("2015-02-26T21:47:53Z"),
                100,
                null));
    assertThat(notices).containsExactly("times without a zone are read as UTC");
    assertThat(faults).isEmpty();
  }

  @Test
  void csv_markQuotesCarriageReturnsEmptyLinesAndCase_areRead() throws IOException {
    String text =
        "\uFEFF\"TimeStamp\",\"Value\",\"Label\"\r\n\r\n\"2018-06-13T00:00:00Z\",\"1.5\",1\r\n";
    List<Reading> readings = read("a.csv", text, file -> file.label("label"));
    assertThat(readings)
        .containsExactly(
            new Reading(
                3,
                "2018-06-13T00:00:00Z",
                "1.5",
                "",
                "1",
                millis("2018-06-13T00:00:00Z"),
                1.5,
                null));
    assertThat(notices).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "2015-02-26 21:42:53, 2015-02-26T21:42:53Z",
    "2015-02-26 21:42, 2015-02-26T21:42:00Z",
    "2015-02-26, 2015-02-26T00:00:00Z",
    "2015/2/6 1:02:03, 2015-02-06T01:02:03Z",
    "2015-02-26T21:42:53.123456789Z, 2015-02-26T21:42:53.123Z",
    "'2015-02-26 21:42:53,5', 2015-02-26T21:42:53.5Z",
    "2015-02-26t21:42:53z, 2015-02-26T21:42:53Z",
    "2015-02-26 21:42:53 UTC, 2015-02-26T21:42:53Z",
    "2015-02-26T21:42:53+01:00, 2015-02-26T20:42:53Z",
    "2015-02-26T21:42:53-0530, 2015-02-27T03:12:53Z",
    "2015-02-26T21:42:53.9+02, 2015-02-26T19:42:53.9Z",
    "1424986973, 2015-02-26T21:42:53Z",
    "1424986973.25, 2015-02-26T21:42:53.25Z",
    "1424986973123, 2015-02-26T21:42:53.123Z",
    "1.424986973123E12, 2015-02-26T21:42:53.123Z",
    "1424986973123456, 2015-02-26T21:42:53.123Z",
    "1424986973123456789, 2015-02-26T21:42:53.123Z",
    "-1, 1969-12-31T23:59:59Z",
    "0, 1970-01-01T00:00:00Z"
  })
  void time_eachForm_isRead(String time, String expected) throws IOException {
    Reading reading = csv("timestamp;value\n" + time + ";1\n").get(0);
    assertThat(reading.fault()).isNull();
    assertThat(Instant.ofEpochMilli(reading.timestamp())).isEqualTo(Instant.parse(expected));
    assertThat(reading.time()).isEqualTo(time);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "26.02.2015",
        "02/26/2015",
        "2015-02-30",
        "2015-02-26 24:00",
        "2015-02-26 21:42:60",
        "2015-02-26 21:42:53 CET",
        "2015-02-26 21:42:53.",
        "2015-02/26",
        "1e30",
        "1-2",
        "noon"
      })
  void time_noForm_isAFaultWithTheForms(String time) throws IOException {
    assertThat(csv("timestamp;value\n" + time + ";1\n").get(0).isReadable()).isFalse();
    assertThat(faults)
        .singleElement()
        .asString()
        .startsWith("line 2: time must be like 2015-02-26 21:42:53, ")
        .endsWith(time.isEmpty() ? ": nothing" : ": " + time);
  }

  @Test
  void notices_ofUnitsAndSeparator_areGivenOnce() throws IOException {
    csv("timestamp\tvalue\n1424986973\t1\n1424986974\t1\n1424986975000\t1\n");
    assertThat(notices)
        .containsExactly(
            "values are separated by tabs",
            "times are read as epoch seconds",
            "times are read as epoch milliseconds");
  }

  @Test
  void csv_separatorLineAndColumnsOfASpreadsheet_areRead() throws IOException {
    List<Reading> readings =
        read(
            "a.csv",
            "sep=;\nHost;When;Percent;\nweb-1;2015-02-26;3,5;\nweb-2;2015-02-26;-4;\n",
            file -> file.time("when").value("percent").key("HOST").decimalComma());
    assertThat(readings).extracting(Reading::key).containsExactly("web-1", "web-2");
    assertThat(readings).extracting(Reading::number).containsExactly(3.5, -4.0);
    assertThat(readings).extracting(Reading::value).containsExactly("3,5", "-4");
    assertThat(notices).contains("values are separated by semicolons");
  }

  @Test
  void csv_missingValues_areNaN() throws IOException {
    assertThat(csv("timestamp,value\n1,\n2,NaN\n3, null\n4,N/A\n5,inf\n6,-Infinity\n"))
        .extracting(Reading::number)
        .containsExactly(
            Double.NaN,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY);
    assertThat(faults).isEmpty();
  }

  @Test
  void csv_decimalComma_isRefusedWithTheRemedy() {
    assertThatThrownBy(() -> csv("timestamp;value\n1;3\n2;3,5\n"))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("line 3: value must have a decimal point: 3,5; ")
        .hasMessageContaining("--decimal-comma");
    assertThatThrownBy(() -> csv("timestamp,value\n1,\"1,250\"\n"))
        .hasMessageStartingWith("line 2: value must have a decimal point: 1,250; ");
  }

  @Test
  void csv_badRecords_areFaultsInTheirPlace() throws IOException {
    List<Reading> readings =
        csv("timestamp,value\n1,1.5\n2,abc\n3\n4,5,6\n5,\"2,5\"\n\"6,1\n7,1\n8,0x10\n9,1d\n10,1\n");
    assertThat(readings)
        .extracting(Reading::line)
        .containsExactly(2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L);
    assertThat(readings)
        .filteredOn(Reading::isReadable)
        .extracting(Reading::timestamp)
        .containsExactly(1_000L, 7_000L, 10_000L);
    assertThat(readings.get(1))
        .isEqualTo(
            new Reading(3, "2", "abc", "", "", 0, Double.NaN, "value must be a number: abc"));
    assertThat(faults)
        .containsExactly(
            "line 3: value must be a number: abc",
            "line 4: a record must have the 2 values of the header: 3",
            "line 5: a record must have the 2 values of the header: 4,5,6",
            "line 6: value must be a number: 2,5",
            "line 7: a quote must be closed: \"6,1",
            "line 9: value must be a number: 0x10",
            "line 10: value must be a number: 1d");
  }

  @Test
  void csv_valueOfSeveralLines_isOneRecord() throws IOException {
    List<Reading> readings =
        read(
            "a.csv",
            "note,timestamp,value\n\"a\n\"\"b\"\"\",1,2\nc,2,3\n",
            file -> file.key("note"));
    assertThat(readings).extracting(Reading::key).containsExactly("a\n\"b\"", "c");
    assertThat(readings).extracting(Reading::line).containsExactly(2L, 4L);
  }

  @Test
  void csv_headerWithoutColumn_isRefusedWithTheNames() {
    assertThatThrownBy(() -> csv("time;v\n1;2\n"))
        .isInstanceOf(IOException.class)
        .hasMessage("line 1: the header must have the column timestamp: time, v");
    assertThatThrownBy(() -> csv("2015-02-26 21:42:53,104\n"))
        .hasMessageEndingWith("; this looks like a record: put a header before it");
    assertThatThrownBy(() -> csv("timestamp,v\n")).hasMessageContaining("column value");
    assertThatThrownBy(() -> read("a.csv", "timestamp,value\n", file -> file.key("host")))
        .hasMessageContaining("column host");
    assertThatThrownBy(() -> csv("\n\n")).hasMessageContaining("it is empty");
  }

  @Test
  void csv_utf16_isRefusedWithTheRemedy() {
    assertThatThrownBy(
            () -> read("a.csv", "timestamp,value\n1,2\n", StandardCharsets.UTF_16, file -> file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("save the file as CSV in UTF-8");
  }

  @Test
  void csv_headerAlone_hasNoReadings() throws IOException {
    assertThat(csv("timestamp,value")).isEmpty();
  }

  @Test
  void jsonLines_objects_areReadWithTheirTexts() throws IOException {
    List<Reading> readings =
        read(
            "a.jsonl",
            """
            {"Timestamp": "2018-06-13T00:00:00Z", "tags": {"value": 7}, "value": 1.50, "host": "a"}

            {"timestamp": 1528848000000, "value": "2e0", "host": 5}
            {"timestamp": 1528848000000, "value": null}
            {"timestamp": 1528848000000}
            {"timestamp": 1, "value": 1, "value": 2}
            {"timestamp": 1, "value": true}
            [1, 2]
            {"timestamp": 1, "value": 1} {}
            {"timestamp": 1, "val
            {"timestamp": 1, "value": 9}
            """,
            file -> file.key("host"));
    assertThat(readings).hasSize(10);
    assertThat(readings.get(0))
        .isEqualTo(
            new Reading(
                1,
                "2018-06-13T00:00:00Z",
                "1.50",
                "a",
                "",
                millis("2018-06-13T00:00:00Z"),
                1.5,
                null));
    assertThat(readings.get(1).key()).isEqualTo("5");
    assertThat(readings.get(1).number()).isEqualTo(2);
    assertThat(readings.get(2).isReadable()).isTrue();
    assertThat(readings.get(2).number()).isNaN();
    assertThat(readings.get(9).number()).isEqualTo(9);
    assertThat(faults)
        .hasSize(6)
        .satisfiesExactly(
            each -> assertThat(each).startsWith("line 5: an object must have the property value"),
            each -> assertThat(each).startsWith("line 6: ").contains("Duplicate"),
            each -> assertThat(each).isEqualTo("line 7: value must be a number: true"),
            each -> assertThat(each).startsWith("line 8: a line must be one object"),
            each -> assertThat(each).startsWith("line 9: a line must be one object"),
            each -> assertThat(each).startsWith("line 10: "));
  }

  @Test
  void format_ofName_isChosenWithoutCase() throws IOException {
    assertThat(read("a.NDJSON", "{\"timestamp\": 1, \"value\": 2}\n", file -> file)).hasSize(1);
    Path path = Files.writeString(folder.resolve("b.json"), "timestamp,value\n1,2\n");
    List<Reading> readings = new ArrayList<>();
    ReadingFile.csv(path).read(readings::add, (record, reason) -> faults.add(reason));
    assertThat(readings).hasSize(1);
  }
}
