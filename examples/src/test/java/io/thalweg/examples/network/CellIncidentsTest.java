package io.thalweg.examples.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.feature.FeatureRow;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Features and incidents in a plain program, without Kafka and Storm. */
class CellIncidentsTest {

  static final long END = 1_795_000_000_000L;

  /** Runs the features and the decision one after the other, in order of time. */
  static List<IncidentTable.Row> run(List<CellReport> reports) {
    // region plain
    List<IncidentTable.Row> rows = new ArrayList<>();
    Processor<String, CellReport, FeatureRow<CellReport>> features = CellFeatures.together();
    Processor<String, FeatureRow<CellReport>, CellIncident> incidents = CellIncidents.create();
    for (CellReport report : reports) {
      long time = report.timestamp();
      features.process(
          report.cellId(),
          report,
          time,
          Output.strict(
              (cell, row) ->
                  incidents.process(
                      row.event().cellId(),
                      row,
                      time,
                      Output.strict(
                          (key, incident) ->
                              rows.add(new IncidentTable.Row(key, time, incident))))));
      features.advance(time, Output.strict((cell, row) -> {}));
      incidents.advance(time, Output.strict((cell, incident) -> {}));
    }
    // endregion
    return rows;
  }

  @Test
  void incidents_simulatedCells_equalTheNaiveOnes() {
    for (long seed = 1; seed <= 2; seed++) {
      CellSimulator simulator = new CellSimulator(2, 5, END, seed);
      List<CellReport> reports = simulator.reports();
      List<String> expected = NaiveIncidents.text(NaiveIncidents.of(reports));
      assertThat(expected).hasSizeGreaterThan(8);
      assertThat(NaiveIncidents.text(run(reports))).as("seed %d", seed).isEqualTo(expected);
    }
  }

  @Test
  void incidents_simulatedCells_findThePlantedFaults() {
    CellSimulator simulator = new CellSimulator(10, 6, END, 42);
    FaultScore score = FaultScore.of(simulator, run(simulator.reports()));
    assertThat(score.planted()).isEqualTo(12);
    assertThat(score.found()).as("%s", score).isGreaterThanOrEqualTo(11);
    assertThat(score.others()).as("%s", score).isLessThanOrEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"cell_id":"c","timestamp":1795000000000,"calls":1,"dropped":0,"throughput":1}           | latency must be given
          {"cell_id":"c","timestamp":1795000000000,"calls":-1,"dropped":0,"throughput":1,"latency":1} | calls must be a number from 0.0: -1
          {"cell_id":"","timestamp":1795000000000,"calls":1,"dropped":0,"throughput":1,"latency":1} | cell_id must have 1 to 256 characters
          {"cell_id":"c","timestamp":17,"calls":1,"dropped":0,"throughput":1,"latency":1}           | timestamp must lie in the years 2000 to 2099
          {"cell_id":"c","timestamp":1795000000000,"calls":1e999,"dropped":0}                       | calls must be a number from 0.0: 1e999
          [1]                                                                                      | the payload must be a json object
          {"cell_id":                                                                              | not json
          """)
  void parse_invalidPayload_throwsWithTheRule(String payload, String message) {
    byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> CellReport.parse(bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void parse_writtenReport_isTheSame() {
    CellReport report = new CellReport("cell \"1\"", END, 120, 3, 48.25, 31.5);
    assertThat(CellReport.parse(report.toJson())).isEqualTo(report);
    assertThat(CellReport.CODEC.decode(CellReport.CODEC.encode(report))).isEqualTo(report);
  }
}
