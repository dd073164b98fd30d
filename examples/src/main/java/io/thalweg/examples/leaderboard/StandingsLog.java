package io.thalweg.examples.leaderboard;

import io.thalweg.examples.runtime.Progress;
import io.thalweg.examples.runtime.ResultLog;
import io.thalweg.rank.Standing;
import io.thalweg.storm.ErrorText;
import io.thalweg.storm.TupleFields;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.storm.tuple.Tuple;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bolt that logs every version of the standings. Tuples may be repeated; a log cannot replace
 * lines, so it skips results that are not newer than the last one logged.
 */
final class StandingsLog extends ResultLog {

  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(StandingsLog.class);
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT);

  private transient long epoch;
  private transient long number;

  StandingsLog(String run) {
    super(run);
  }

  @Override
  protected void log(Tuple tuple, Progress counts) {
    if (isNewer(
        tuple.getLongByField(TupleFields.EPOCH), tuple.getLongByField(TupleFields.NUMBER))) {
      LOG.info(
          line(
              tuple.getLongByField(TupleFields.WINDOW_START),
              tuple.getLongByField(TupleFields.WINDOW_END),
              !tuple.getStringByField(TupleFields.TIMING).equals("EARLY"),
              StandingsTable.fromJson(tuple.getStringByField(StandingsTable.TOP)),
              tuple.getLongByField(StandingsTable.DEVICES),
              ZoneId.systemDefault()));
    }
  }

  /** Returns whether a version is newer than all before. One task emits all versions. */
  boolean isNewer(long ofEpoch, long ofNumber) {
    if (ofEpoch < epoch || ofEpoch == epoch && ofNumber <= number) {
      return false;
    }
    epoch = ofEpoch;
    number = ofNumber;
    return true;
  }

  /**
   * Returns a line such as {@code 14:05–14:10 so far: 1. sensor-3 (41), 2. sensor-1 (38); 20
   * devices}.
   */
  static String line(
      long start,
      long end,
      boolean isFinal,
      List<Standing<String, Long>> top,
      long devices,
      ZoneId zone) {
    return window(start, end, zone)
        + (isFinal ? " FINAL:  " : " so far: ")
        + top.stream()
            .map(
                each ->
                    each.rank()
                        + ". "
                        + ErrorText.ofName(each.member())
                        + " ("
                        + each.score()
                        + ")")
            .collect(Collectors.joining(", "))
        + "; "
        + devices
        + (devices == 1 ? " device" : " devices");
  }

  static String window(long start, long end, ZoneId zone) {
    return TIME.format(Instant.ofEpochMilli(start).atZone(zone))
        + "–"
        + TIME.format(Instant.ofEpochMilli(end).atZone(zone));
  }
}
