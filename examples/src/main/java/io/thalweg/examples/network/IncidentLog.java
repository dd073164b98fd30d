package io.thalweg.examples.network;

import io.thalweg.examples.runtime.Progress;
import io.thalweg.examples.runtime.ResultLog;
import io.thalweg.storm.ErrorText;
import io.thalweg.storm.TupleFields;
import java.time.Instant;
import java.util.Locale;
import org.apache.storm.tuple.Tuple;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Bolt that logs incidents. */
final class IncidentLog extends ResultLog {

  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(IncidentLog.class);

  IncidentLog(String run) {
    super(run);
  }

  @Override
  protected void log(Tuple incident, Progress counts) {
    counts.alert();
    if (LOG.isInfoEnabled()) {
      LOG.info(
          String.format(
              Locale.ROOT,
              "%s %-6s %s: %s %.3f, usual %.3f, score %.1f",
              Instant.ofEpochMilli(incident.getLongByField(TupleFields.TIMESTAMP)),
              incident.getStringByField(IncidentTable.STATE),
              ErrorText.ofName(incident.getStringByField(TupleFields.KEY)),
              incident.getStringByField(IncidentTable.KPI),
              incident.getDoubleByField(IncidentTable.AT_WORST),
              incident.getDoubleByField(IncidentTable.USUAL),
              incident.getDoubleByField(IncidentTable.SCORE)));
    }
  }
}
