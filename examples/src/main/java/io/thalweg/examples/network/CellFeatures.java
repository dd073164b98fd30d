package io.thalweg.examples.network;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;

import io.thalweg.Codec;
import io.thalweg.Processor;
import io.thalweg.feature.FeatureRow;
import io.thalweg.feature.FeatureSchema;
import io.thalweg.feature.FeatureSet;
import io.thalweg.feature.FeatureUnion;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;

/** Features of a report: of its cell, and of its cell at the same hour of the week. */
final class CellFeatures {

  /** By cell: the last hour and the last day, the report itself included. */
  static final FeatureSet<CellReport> CELL = cell();

  /** By cell and hour of the week: quartiles of the last four weeks, the report excluded. */
  static final FeatureSet<CellReport> HOUR = hour();

  /** Names and types of both sets. */
  static final FeatureSchema SCHEMA = CELL.schema().concat(HOUR.schema());

  private static final Codec<FeatureRow<CellReport>> CELL_ROWS =
      FeatureRow.codec(CellReport.CODEC, CELL.schema());
  private static final Codec<FeatureRow<CellReport>> ROWS =
      FeatureRow.codec(CellReport.CODEC, SCHEMA);

  private CellFeatures() {}

  private static FeatureSet<CellReport> cell() {
    // region cell
    FeatureSet.Builder<CellReport> cell = FeatureSet.named("cell");
    cell.feature("calls_1h").including().last(ofHours(1)).sum(CellReport::calls);
    cell.feature("dropped_1h").including().last(ofHours(1)).sum(CellReport::dropped);
    cell.feature("drop_rate_1h").ratio("dropped_1h", "calls_1h");
    cell.feature("throughput_1h").including().last(ofHours(1)).mean(CellReport::throughput);
    cell.feature("throughput_1d").including().last(ofDays(1)).mean(CellReport::throughput);
    cell.feature("latency_1h").including().last(ofHours(1)).mean(CellReport::latency);
    cell.feature("latency_1d").including().last(ofDays(1)).mean(CellReport::latency);
    return cell.build();
    // endregion
  }

  private static FeatureSet<CellReport> hour() {
    // region hour
    FeatureSet.Builder<CellReport> hour = FeatureSet.named("hour");
    hour.feature("history").last(ofDays(28)).count();
    for (Kpi kpi : Kpi.values()) {
      hour.feature(kpi.feature() + "_low").last(ofDays(28)).quantile(kpi.field(), 0.25);
      hour.feature(kpi.feature() + "_usual").last(ofDays(28)).quantile(kpi.field(), 0.5);
      hour.feature(kpi.feature() + "_high").last(ofDays(28)).quantile(kpi.field(), 0.75);
    }
    return hour.build();
    // endregion
  }

  /**
   * Returns the key of a report's history: the cell and the hour of the week, as in {@code
   * cell-1@24} for Monday midnight.
   *
   * @param report the report
   * @return cell, {@code @}, and 24 times the day of the week from 1, plus the hour, in UTC
   */
  static String hourKey(CellReport report) {
    ZonedDateTime time = Instant.ofEpochMilli(report.timestamp()).atZone(ZoneOffset.UTC);
    return report.cellId() + "@" + (time.getDayOfWeek().getValue() * 24 + time.getHour());
  }

  /**
   * Returns both sets as one processor, for a plain program.
   *
   * @return a processor without state
   */
  static Processor<String, CellReport, FeatureRow<CellReport>> together() {
    // region together
    return FeatureUnion.<CellReport>of(CELL, CellReport::cellId)
        .and(HOUR, CellFeatures::hourKey)
        .build();
    // endregion
  }

  static byte[] encodeCell(FeatureRow<CellReport> row) {
    return CELL_ROWS.encode(row);
  }

  static FeatureRow<CellReport> decodeCell(byte[] bytes) {
    return CELL_ROWS.decode(bytes);
  }

  static byte[] encode(FeatureRow<CellReport> row) {
    return ROWS.encode(row);
  }

  static FeatureRow<CellReport> decode(byte[] bytes) {
    return ROWS.decode(bytes);
  }
}
