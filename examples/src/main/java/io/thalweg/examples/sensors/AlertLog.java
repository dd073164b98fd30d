package io.thalweg.examples.sensors;

import io.thalweg.examples.runtime.Progress;
import io.thalweg.examples.runtime.ResultLog;
import io.thalweg.storm.ErrorText;
import io.thalweg.storm.TupleFields;
import java.util.Locale;
import org.apache.storm.tuple.Tuple;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Bolt that counts alerts, and logs at most ten of them per second. */
final class AlertLog extends ResultLog {

  /** Largest number of alerts logged in a second. */
  static final int MAX_LOGGED_PER_SECOND = 10;

  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(AlertLog.class);

  private transient long second;
  private transient int inSecond;

  AlertLog(String run) {
    super(run);
  }

  @Override
  protected void log(Tuple alert, Progress counts) {
    counts.alert();
    long now = System.currentTimeMillis() / 1000;
    if (now != second) {
      if (inSecond > MAX_LOGGED_PER_SECOND) {
        LOG.info("and {} more alerts in that second", inSecond - MAX_LOGGED_PER_SECOND);
      }
      second = now;
      inSecond = 0;
    }
    if (++inSecond <= MAX_LOGGED_PER_SECOND && LOG.isInfoEnabled()) {
      LOG.info(
          String.format(
              Locale.ROOT,
              "ALERT %s: %.2f, z = %.2f (mean %.2f, sd %.2f), recent: %s",
              ErrorText.ofName(alert.getStringByField(TupleFields.KEY)),
              alert.getDoubleByField(Alerts.VALUE),
              alert.getDoubleByField(Alerts.Z_SCORE),
              alert.getDoubleByField(Alerts.WINDOW_MEAN),
              alert.getDoubleByField(Alerts.WINDOW_STD_DEV),
              Alerts.rounded(alert.getStringByField(Alerts.RECENT_READINGS))));
    }
  }
}
