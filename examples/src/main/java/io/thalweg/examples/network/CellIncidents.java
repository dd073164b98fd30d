package io.thalweg.examples.network;

import io.thalweg.Codec;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.feature.FeatureRow;
import io.thalweg.feature.FeatureVector;
import java.time.Duration;

/**
 * Decision by cell. An incident opens when an indicator of the last hour is {@value #OPENS} robust
 * standard deviations worse than usual at this hour of the week, in two reports in a row. It closes
 * when all indicators have been better than {@value #CALM} in four reports in a row: an hour.
 */
final class CellIncidents {

  static final double OPENS = 5;
  static final double CALM = 2.5;
  static final int REPORTS_TO_OPEN = 2;
  static final int REPORTS_TO_CLOSE = 4;

  /** A cell that has not reported for a day has no open incident. */
  private static final Duration IDLE = Duration.ofDays(1);

  /** Incident of a cell so far. */
  private static final class State {
    static final Codec<State> CODEC = Codec.of("example.cell_incident", State::write, State::read);

    int bad;
    int calm;
    long since;
    CellIncident worst;

    static void write(State state, java.io.DataOutput out) throws java.io.IOException {
      out.writeInt(state.bad);
      out.writeInt(state.calm);
      out.writeLong(state.since);
      out.writeBoolean(state.worst != null);
      if (state.worst != null) {
        out.writeByte(state.worst.kpi().ordinal());
        out.writeDouble(state.worst.score());
        out.writeDouble(state.worst.value());
        out.writeDouble(state.worst.usual());
      }
    }

    static State read(java.io.DataInput in) throws java.io.IOException {
      State state = new State();
      state.bad = in.readInt();
      state.calm = in.readInt();
      state.since = in.readLong();
      if (in.readBoolean()) {
        Kpi kpi = Kpi.values()[Math.floorMod(in.readByte(), Kpi.values().length)];
        state.worst =
            new CellIncident(
                kpi, true, state.since, in.readDouble(), in.readDouble(), in.readDouble());
      }
      return state;
    }
  }

  private CellIncidents() {}

  /**
   * Returns the processor. Its keys are cells.
   *
   * @return a processor without state
   */
  static Processor<String, FeatureRow<CellReport>, CellIncident> create() {
    return Processor.keyed(State::new, State.CODEC, IDLE, CellIncidents::judge);
  }

  private static void judge(
      State state,
      String cell,
      FeatureRow<CellReport> row,
      long time,
      Output<String, CellIncident> out) {
    CellIncident now = worst(row.vector(), time);
    if (state.bad < REPORTS_TO_OPEN) {
      boolean bad = now.score() > OPENS;
      state.bad = bad ? state.bad + 1 : 0;
      state.worst = bad ? worse(state.worst, now) : null;
      if (state.bad == REPORTS_TO_OPEN) {
        state.since = time;
        state.calm = 0;
        out.emit(cell, of(state, true));
      }
      return;
    }
    state.worst = worse(state.worst, now);
    state.calm = now.score() > CALM ? 0 : state.calm + 1;
    if (state.calm == REPORTS_TO_CLOSE) {
      out.emit(cell, of(state, false));
      state.bad = 0;
      state.worst = null;
    }
  }

  private static CellIncident of(State state, boolean open) {
    CellIncident worst = state.worst;
    return new CellIncident(
        worst.kpi(), open, state.since, worst.score(), worst.value(), worst.usual());
  }

  private static CellIncident worse(CellIncident a, CellIncident b) {
    return a == null || b.score() > a.score() ? b : a;
  }

  /** Returns the indicator with the largest score; one without history has the score 0. */
  private static CellIncident worst(FeatureVector features, long time) {
    CellIncident worst = new CellIncident(Kpi.DROP_RATE, true, time, 0, 0, 0);
    for (Kpi kpi : Kpi.values()) {
      double score = kpi.score(features);
      if (score > worst.score()) {
        worst =
            new CellIncident(kpi, true, time, score, kpi.lastHour(features), kpi.usual(features));
      }
    }
    return worst;
  }
}
