package io.thalweg.storm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.storm.TupleFields;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Test that the rows of a run with faults equal those of a run without faults in every column,
 * except for those that {@link TupleFields} excludes.
 */
class ConvergingColumnsTest {

  private static final int RUNS = 15;

  /** Columns that depend on the run. */
  private static final Set<String> OF_THE_RUN =
      Set.of(
          TupleFields.EPOCH,
          TupleFields.NUMBER,
          TupleFields.SHARD,
          TupleFields.TIMING,
          TupleFields.PANE,
          TupleFields.LAST);

  @ParameterizedTest
  @EnumSource
  void rows_withFaults_equalInAllConvergingColumns(Variant variant) {
    for (long seed = 1; seed <= RUNS; seed++) {
      Scenario faulty = Scenario.of(seed, variant);
      assertThat(rows(faulty)).as("%s", faulty).isEqualTo(rows(faulty.with(List.of())));
    }
  }

  private static Map<String, Map<String, Object>> rows(Scenario scenario) {
    Map<String, Map<String, Object>> rows = new TreeMap<>();
    scenario
        .simulation(new ProcessorBolts())
        .run()
        .rows()
        .forEach(
            (id, row) -> {
              if ((Long) row.get(TupleFields.TIMESTAMP) < Variant.CLOSING) {
                Map<String, Object> columns = new TreeMap<>(row);
                columns.keySet().removeAll(OF_THE_RUN);
                columns.replaceAll(
                    (name, value) ->
                        value instanceof byte[] bytes ? Arrays.toString(bytes) : value);
                rows.put(id, columns);
              }
            });
    return rows;
  }
}
