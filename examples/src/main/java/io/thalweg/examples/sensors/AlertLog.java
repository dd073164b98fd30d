package io.thalweg.examples.sensors;

import io.thalweg.examples.runtime.Progress;
import io.thalweg.storm.TupleFields;
import java.util.Locale;
import java.util.Map;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Tuple;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bolt that logs at most ten alerts a second, and counts alerts, late readings and dead letters.
 */
final class AlertLog extends BaseRichBolt {

  /** Largest number of alerts logged in a second. */
  static final int MAX_LOGGED_PER_SECOND = 10;

  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(AlertLog.class);

  private final String run;
  private transient OutputCollector collector;
  private transient Progress progress;
  private transient long second;
  private transient int inSecond;

  AlertLog(String run) {
    this.run = run;
  }

  @Override
  public void prepare(
      Map<String, Object> config, TopologyContext context, OutputCollector outputCollector) {
    collector = outputCollector;
    progress = Progress.of(run);
  }

  @Override
  public void execute(Tuple tuple) {
    if (!progress.count(tuple)) {
      progress.alert();
      log(tuple, System.currentTimeMillis() / 1000);
    }
    collector.ack(tuple);
  }

  private void log(Tuple alert, long now) {
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
              alert.getStringByField(TupleFields.KEY),
              alert.getDoubleByField(Alerts.VALUE),
              alert.getDoubleByField(Alerts.Z_SCORE),
              alert.getDoubleByField(Alerts.WINDOW_MEAN),
              alert.getDoubleByField(Alerts.WINDOW_STD_DEV),
              Alerts.rounded(alert.getStringByField(Alerts.RECENT_READINGS))));
    }
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {}
}
