package io.thalweg.examples.network;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Incidents compared with the planted faults. A fault is found by an incident of its cell that
 * opens during the fault or within an hour of its end.
 *
 * @param planted the number of faults
 * @param found the number of faults that were found
 * @param others the number of incidents that found no fault
 * @param medianMinutes from the first report of a fault to the one that opened the incident
 */
record FaultScore(int planted, int found, int others, long medianMinutes) {

  static FaultScore of(CellSimulator simulator, List<IncidentTable.Row> rows) {
    List<IncidentTable.Row> opened =
        new ArrayList<>(rows.stream().filter(row -> row.incident().open()).toList());
    List<Long> delays = new ArrayList<>();
    for (CellSimulator.Fault fault : simulator.faults()) {
      List<IncidentTable.Row> ofFault =
          opened.stream()
              .filter(
                  row ->
                      row.cell().equals(CellSimulator.name(fault.cell()))
                          && row.time() >= simulator.time(fault.first())
                          && row.time() <= simulator.time(fault.last() + 4))
              .toList();
      if (!ofFault.isEmpty()) {
        delays.add((ofFault.get(0).time() - simulator.time(fault.first())) / 60_000);
        opened.removeAll(ofFault);
      }
    }
    Collections.sort(delays);
    return new FaultScore(
        simulator.faults().size(),
        delays.size(),
        opened.size(),
        delays.isEmpty() ? 0 : delays.get(delays.size() / 2));
  }
}
