package io.thalweg.anomaly;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.ArrayList;
import java.util.List;

/** State of one series in {@link AnomalyDetection}: its detector and the stages after it. */
final class Series {

  /** The number of recent values in an incident. */
  static final int RECENT = 8;

  /** A run or an interval is too long beyond this multiple of the longest recent one. */
  private static final long TOO_LONG = 3;

  /** A run of fewer equal values is never too long. */
  private static final long MIN_RUN = 20;

  final Detector detector;
  private TailProbability calibration = new TailProbability();
  private int regime;
  final OpenIncident incident;

  private final double[] recent = new double[RECENT];

  /**
   * The number of values received, finite or not; the index of the next one, mod {@link #RECENT}.
   */
  private long readings;

  private long lastTime = Long.MIN_VALUE;

  private final RunLengths intervals = new RunLengths();
  boolean silent;

  /** The deadline of the timer that is valid; {@code Long.MAX_VALUE} if there is none. */
  long timer = Long.MAX_VALUE;

  private final RunLengths runs = new RunLengths();
  private double lastValue = Double.NaN;
  private long run;
  private long runStart;
  boolean stuck;

  /** True once the key has no state any more, so that its timer is void. */
  boolean expired;

  Series(DetectorSpec spec, AlertPolicy policy) {
    detector = spec.newDetector();
    incident = new OpenIncident(policy);
  }

  /** Returns the binary form. Incidents that are open stay open under another policy. */
  static Codec<Series> codec(DetectorSpec spec, AlertPolicy policy) {
    return Codec.of(
        "thalweg.series of " + spec.name(), Series::write, in -> new Series(spec, policy).read(in));
  }

  long lastTime() {
    return lastTime;
  }

  TailProbability calibration() {
    return calibration;
  }

  /** Learns a value and its statistic, which is NaN if the detector cannot judge. */
  void learn(double value, long timestamp, double statistic) {
    calibration.learn(statistic);
    detector.learn(value, timestamp);
    followRegime();
  }

  /** Excludes a value from learning, but not its statistic unless that is NaN. */
  void exclude(double value, long timestamp, double statistic) {
    calibration.learn(statistic);
    detector.exclude(value, timestamp);
    followRegime();
  }

  /** Starts the calibration anew in another regime of the detector. */
  private void followRegime() {
    if (regime != detector.regime()) {
      regime = detector.regime();
      calibration = new TailProbability();
    }
  }

  /** Returns the time after which a reading is overdue; {@code Long.MAX_VALUE} if unknown. */
  long due() {
    long longest = intervals.longest();
    if (longest <= 0) {
      return Long.MAX_VALUE;
    }
    long wait = longest > Long.MAX_VALUE / TOO_LONG ? Long.MAX_VALUE : TOO_LONG * longest;
    return lastTime > Long.MAX_VALUE - wait ? Long.MAX_VALUE : lastTime + wait;
  }

  long longestInterval() {
    return intervals.longest();
  }

  /**
   * Adds the time of a reading.
   *
   * @param endsSilence true if the reading ends a silence
   */
  void addTime(long timestamp, boolean endsSilence) {
    if (readings > 0) {
      long interval = timestamp - lastTime;
      boolean overflows = interval < 0;
      intervals.add(overflows ? Long.MAX_VALUE : interval, endsSilence);
    }
    lastTime = timestamp;
  }

  /** Adds a value to the recent ones. */
  void addRecent(double value) {
    recent[(int) (readings++ % RECENT)] = value;
  }

  /** Returns the recent values, oldest first. */
  List<Double> recent() {
    int n = (int) Math.min(readings, RECENT);
    List<Double> values = new ArrayList<>(n);
    for (long i = readings - n; i < readings; i++) {
      values.add(recent[(int) (i % RECENT)]);
    }
    return List.copyOf(values);
  }

  /**
   * Adds a value to the run of equal values.
   *
   * @return true if the value ended a run during which the series was stuck
   */
  boolean addToRun(double value, long timestamp) {
    if (value == lastValue) {
      run++;
      return false;
    }
    boolean wasStuck = stuck;
    if (run > 0) {
      runs.add(run, wasStuck);
    }
    lastValue = value;
    run = 1;
    runStart = timestamp;
    stuck = false;
    return wasStuck;
  }

  /** Returns true if the run of equal values is too long for the series. */
  boolean runIsTooLong() {
    long longest = runs.longest();
    return longest > 0 && run > Math.max(MIN_RUN, TOO_LONG * longest);
  }

  long run() {
    return run;
  }

  long runStart() {
    return runStart;
  }

  long longestRun() {
    return runs.longest();
  }

  double lastValue() {
    return lastValue;
  }

  private void write(DataOutput out) throws IOException {
    detector.write(out);
    out.writeInt(regime);
    calibration.write(out);
    incident.write(out);
    for (double value : recent) {
      out.writeDouble(value);
    }
    out.writeLong(readings);
    out.writeLong(lastTime);
    intervals.write(out);
    out.writeBoolean(silent);
    runs.write(out);
    out.writeDouble(lastValue);
    out.writeLong(run);
    out.writeLong(runStart);
    out.writeBoolean(stuck);
  }

  private Series read(DataInput in) throws IOException {
    detector.read(in);
    regime = in.readInt();
    calibration.read(in);
    incident.read(in);
    for (int i = 0; i < RECENT; i++) {
      recent[i] = in.readDouble();
    }
    readings = in.readLong();
    lastTime = in.readLong();
    intervals.read(in);
    silent = in.readBoolean();
    runs.read(in);
    lastValue = in.readDouble();
    run = in.readLong();
    runStart = in.readLong();
    stuck = in.readBoolean();
    if (readings < 0 || run < 0) {
      throw new StreamCorruptedException("series: counts must not be negative");
    }
    return this;
  }
}
