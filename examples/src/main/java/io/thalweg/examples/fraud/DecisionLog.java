package io.thalweg.examples.fraud;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.thalweg.examples.runtime.Progress;
import io.thalweg.storm.TupleFields;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.BasicOutputCollector;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseBasicBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.Values;

/**
 * Bolt that counts decisions, late events and dead letters, records the latency of the decisions,
 * and passes alerts on as records for Kafka: key {@code customer}, value JSON.
 */
final class DecisionLog extends BaseBasicBolt {

  private static final long serialVersionUID = 1;
  private static final JsonFactory JSON = new JsonFactory();

  private final String run;
  private transient Progress progress;

  /**
   * Creates a bolt.
   *
   * @param run the name of the run, for {@link Progress}
   */
  DecisionLog(String run) {
    this.run = run;
  }

  @Override
  public void prepare(Map<String, Object> config, TopologyContext context) {
    progress = Progress.of(run);
  }

  @Override
  public void execute(Tuple tuple, BasicOutputCollector out) {
    if (progress.count(tuple)) {
      return;
    }
    progress.stored(
        System.currentTimeMillis() - tuple.getLongByField(TupleFields.RECORD_TIMESTAMP));
    if (tuple.getIntegerByField(Decisions.ALERT) == 1) {
      progress.alert();
      out.emit(
          new Values(
              tuple.getStringByField(Decisions.CUSTOMER).getBytes(StandardCharsets.UTF_8),
              json(tuple)));
    }
  }

  private static byte[] json(Tuple alert) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      // stable across repetitions, so that readers can deduplicate
      json.writeStringField(TupleFields.ID, alert.getStringByField(TupleFields.ID));
      json.writeNumberField(Decisions.TRANSACTION, alert.getLongByField(Decisions.TRANSACTION));
      json.writeStringField(Decisions.CUSTOMER, alert.getStringByField(Decisions.CUSTOMER));
      json.writeStringField("terminal", alert.getStringByField(TupleFields.KEY));
      json.writeNumberField("event_timestamp", alert.getLongByField(TupleFields.TIMESTAMP));
      json.writeNumberField(Decisions.AMOUNT, alert.getDoubleByField(Decisions.AMOUNT));
      json.writeNumberField(Decisions.SCORE, alert.getDoubleByField(Decisions.SCORE));
      json.writeStringField(Decisions.MODEL, alert.getStringByField(Decisions.MODEL));
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // cannot happen in memory
    }
    return bytes.toByteArray();
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {
    declarer.declare(new Fields("key", "message"));
  }
}
