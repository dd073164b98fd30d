package io.thalweg.examples.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.examples.runtime.EmbeddedKafka;
import io.thalweg.examples.runtime.RunSettings;
import io.thalweg.examples.storm.ReadingProducer;
import io.thalweg.storm.StateStore;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.testing.Outcome;
import io.thalweg.storm.testing.Simulation;
import io.thalweg.storm.testing.TopicRecord;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.apache.storm.topology.TopologyBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The topology in a simulation that kills its bolts, and a complete run of the command. */
class NetworkTopologyTest {

  private static final int TIME_LAPSE = 300_000;

  private static List<TopicRecord> arrivals(List<CellReport> reports) {
    long[] offsets = new long[2];
    List<TopicRecord> arrivals = new ArrayList<>();
    long start = reports.get(0).timestamp();
    for (CellReport report : reports) {
      int partition = Math.floorMod(report.cellId().hashCode(), offsets.length);
      arrivals.add(
          new TopicRecord(
              (report.timestamp() - start) / TIME_LAPSE,
              partition,
              offsets[partition]++,
              report.cellId(),
              report.timestamp(),
              report.toJson()));
    }
    return arrivals;
  }

  private static List<IncidentTable.Row> rows(Outcome outcome) {
    List<IncidentTable.Row> rows = new ArrayList<>();
    outcome
        .rows()
        .values()
        .forEach(
            row ->
                rows.add(
                    new IncidentTable.Row(
                        (String) row.get(TupleFields.KEY),
                        (Long) row.get(TupleFields.TIMESTAMP),
                        new CellIncident(
                            Kpi.valueOf(
                                ((String) row.get(IncidentTable.KPI)).toUpperCase(Locale.ROOT)),
                            row.get(IncidentTable.STATE).equals("OPEN"),
                            (Long) row.get(IncidentTable.SINCE),
                            (Double) row.get(IncidentTable.SCORE),
                            (Double) row.get(IncidentTable.AT_WORST),
                            (Double) row.get(IncidentTable.USUAL)))));
    rows.sort(
        Comparator.comparingLong(IncidentTable.Row::time).thenComparing(IncidentTable.Row::cell));
    return rows;
  }

  @Test
  void rows_randomFaults_equalTheNaiveIncidents() {
    for (long seed = 1; seed <= 2; seed++) {
      List<CellReport> reports = new CellSimulator(2, 5, CellIncidentsTest.END, seed).reports();
      TopologyBuilder topology = new TopologyBuilder();
      new NetworkTopology(
              new RunSettings(
                  "localhost:1",
                  "group",
                  null,
                  StateStore.inMemory(), // the simulation replaces it
                  "simulated"))
          .compute(topology);
      Outcome outcome =
          Simulation.of(topology)
              .records(arrivals(reports))
              .disorderMillis(1_000)
              .idleMillis(60_000)
              .randomFaults(4)
              .seed(seed)
              .run();
      assertThat(outcome.settled()).as("seed %d", seed).isTrue();
      assertThat(outcome.late()).as("seed %d", seed).isEmpty();
      assertThat(NaiveIncidents.text(rows(outcome)))
          .as("seed %d", seed)
          .isEqualTo(NaiveIncidents.text(NaiveIncidents.of(reports)))
          .isNotEmpty();
    }
  }

  @Test
  void call_embeddedStorm_writesTheIncidentsOfTheTopic(@TempDir Path folder) {
    Path database = folder.resolve("incidents.db");
    StringWriter out = new StringWriter();
    try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
      int code =
          CommandLines.of(new NetworkCommand())
              .setOut(new PrintWriter(out))
              .execute(
                  "--bootstrap-servers=" + kafka.bootstrapServers(),
                  "--create-topics",
                  "--database=" + database,
                  "--duration=3s",
                  "--cells=2",
                  "--weeks=5");
      assertThat(code).as("%s", out).isZero();
      List<CellReport> reports =
          ReadingProducer.read(kafka.bootstrapServers(), NetworkTopology.TOPIC).stream()
              .map(record -> CellReport.parse(record.value()))
              .sorted(Comparator.comparingLong(CellReport::timestamp))
              .toList();
      List<IncidentTable.Row> rows = IncidentTable.rows(database, Long.MIN_VALUE, Long.MAX_VALUE);
      assertThat(NaiveIncidents.text(rows))
          .as("%s", out)
          .isEqualTo(NaiveIncidents.text(NaiveIncidents.of(reports)))
          .isNotEmpty();
    }
    assertThat(out.toString())
        .contains("reports; 0 late, 0 dead-lettered")
        .contains("planted faults: ");
  }
}
