package io.thalweg.examples.network;

import io.thalweg.Codec;
import io.thalweg.examples.runtime.JsonFields;

/**
 * Report of a radio cell about the last quarter of an hour. As JSON: {@code
 * {"cell_id":"cell-1","timestamp":1735689600000,"calls":120,"dropped":2,"throughput":52.4,
 * "latency":31.7}}.
 *
 * @param cellId the cell
 * @param timestamp the end of the quarter, in milliseconds since 1970
 * @param calls the number of calls
 * @param dropped the number of dropped calls
 * @param throughput the mean throughput of a user in Mbit/s
 * @param latency the mean latency in milliseconds
 */
record CellReport(
    String cellId,
    long timestamp,
    double calls,
    double dropped,
    double throughput,
    double latency) {

  static final Codec<CellReport> CODEC =
      Codec.of(
          "example.cell_report",
          (report, out) -> {
            out.writeUTF(report.cellId);
            out.writeLong(report.timestamp);
            out.writeDouble(report.calls);
            out.writeDouble(report.dropped);
            out.writeDouble(report.throughput);
            out.writeDouble(report.latency);
          },
          in ->
              new CellReport(
                  in.readUTF(),
                  in.readLong(),
                  in.readDouble(),
                  in.readDouble(),
                  in.readDouble(),
                  in.readDouble()));

  /**
   * Parses a payload.
   *
   * @param payload JSON, may be null
   * @return the report
   * @throws IllegalArgumentException if it is not a valid report; the message names the rule
   */
  static CellReport parse(byte[] payload) {
    JsonFields fields = JsonFields.parse(payload);
    return new CellReport(
        fields.text("cell_id"),
        fields.timestamp("timestamp"),
        fields.number("calls", 0),
        fields.number("dropped", 0),
        fields.number("throughput", 0),
        fields.number("latency", 0));
  }

  byte[] toJson() {
    return JsonFields.write(
        "cell_id",
        cellId,
        "timestamp",
        timestamp,
        "calls",
        calls,
        "dropped",
        dropped,
        "throughput",
        throughput,
        "latency",
        latency);
  }

  /**
   * Returns the share of calls that were dropped.
   *
   * @return from 0 to 1; NaN without a call
   */
  double dropRate() {
    return calls == 0 ? Double.NaN : dropped / calls;
  }
}
