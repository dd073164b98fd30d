package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;

/** State of an {@link AlertPolicy} for one series. */
final class OpenIncident {

  /** Change of an incident by a reading. */
  enum Change {
    NONE,
    OPENED,
    UPDATED,
    CLOSED
  }

  private static final int LONG = 10;

  private final AlertPolicy policy;

  /** The last readings, newest in bit 0: 1 if anomalous. */
  private long anomalous;

  private boolean open;
  private int ordinary;

  /** The number of exclusions from learning that are used up. */
  private int excluded;

  /** The number of ordinary readings since the last exclusion came back. */
  private int recovered;

  private long start;
  private long readings;
  private final Peak peak = new Peak();

  /** The end of the last incident, if there was one. */
  private long end;

  private boolean hadIncident;

  OpenIncident(AlertPolicy policy) {
    this.policy = policy;
  }

  /** The anomalous reading with the highest score, of this incident or the last one. */
  static final class Peak {
    long time;
    double value;
    double score;
    double probability;
    double expected = Double.NaN;
    double low = Double.NaN;
    double high = Double.NaN;

    private void set(
        long time, double value, double score, double probability, ExpectedRange range) {
      this.time = time;
      this.value = value;
      this.score = score;
      this.probability = probability;
      this.expected = range.centre();
      this.low = range.low();
      this.high = range.high();
    }

    private void write(DataOutput out) throws IOException {
      out.writeLong(time);
      out.writeDouble(value);
      out.writeDouble(score);
      out.writeDouble(probability);
      out.writeDouble(expected);
      out.writeDouble(low);
      out.writeDouble(high);
    }

    private void read(DataInput in) throws IOException {
      time = in.readLong();
      value = in.readDouble();
      score = in.readDouble();
      probability = in.readDouble();
      expected = in.readDouble();
      low = in.readDouble();
      high = in.readDouble();
    }
  }

  boolean isOpen() {
    return open;
  }

  long start() {
    return start;
  }

  long readings() {
    return readings;
  }

  /** Returns true if an incident is open for longer than ordinary readings cause by chance. */
  boolean isLong() {
    return open && readings > LONG;
  }

  Peak peak() {
    return peak;
  }

  /**
   * Takes a judged reading.
   *
   * @param isAnomalous the decision of the policy about the reading
   */
  Change add(
      long time,
      double value,
      double score,
      double probability,
      ExpectedRange range,
      boolean isAnomalous) {
    anomalous = anomalous << 1 | (isAnomalous ? 1 : 0);
    if (open) {
      readings++;
      ordinary = isAnomalous || !policy.isOrdinary(probability) ? 0 : ordinary + 1;
      if (ordinary >= policy.closeAfter()) {
        close(time);
        return Change.CLOSED;
      }
      if (isAnomalous && score > peak.score) {
        peak.set(time, value, score, probability, range);
        return Change.UPDATED;
      }
      return Change.NONE;
    }
    if (!isAnomalous) {
      return Change.NONE;
    }
    if (!policy.opens(anomalous) || coolsDown(time) && score <= peak.score) {
      return Change.NONE;
    }
    open = true;
    start = time;
    readings = 1;
    ordinary = 0;
    peak.set(time, value, score, probability, range);
    return Change.OPENED;
  }

  private boolean coolsDown(long time) {
    return hadIncident && time - end < policy.coolDown() && time - end >= 0;
  }

  private void close(long time) {
    open = false;
    hadIncident = true;
    end = time;
    anomalous = 0;
  }

  /**
   * Returns true if the reading is to be learnt: it is ordinary, by the threshold that applies, or
   * all exclusions are used up.
   */
  boolean learns(boolean isAnomalous, double probability) {
    if (!isAnomalous && (!open || policy.isOrdinary(probability))) {
      if (excluded > 0 && ++recovered >= AlertPolicy.RECOVERY) {
        recovered = 0;
        excluded--;
      }
      return true;
    }
    if (excluded < policy.exclude()) {
      excluded++;
      return false;
    }
    return true;
  }

  void write(DataOutput out) throws IOException {
    out.writeLong(anomalous);
    out.writeBoolean(open);
    out.writeBoolean(hadIncident);
    out.writeInt(ordinary);
    out.writeInt(excluded);
    out.writeInt(recovered);
    out.writeLong(start);
    out.writeLong(readings);
    out.writeLong(end);
    peak.write(out);
  }

  void read(DataInput in) throws IOException {
    anomalous = in.readLong();
    open = in.readBoolean();
    hadIncident = in.readBoolean();
    ordinary = in.readInt();
    excluded = in.readInt();
    recovered = in.readInt();
    start = in.readLong();
    readings = in.readLong();
    end = in.readLong();
    peak.read(in);
    if (ordinary < 0 || excluded < 0 || recovered < 0 || readings < 0) {
      throw new StreamCorruptedException("incident: counts must not be negative");
    }
  }
}
