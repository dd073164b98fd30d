package io.thalweg.storm;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.storm.testing.TaskContexts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.apache.storm.metrics2.StormMetricRegistry;
import org.apache.storm.topology.BasicOutputCollector;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.topology.base.BaseBasicBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Utils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Warnings and counts of late events and dead letters that no component receives. */
class SideStreamsTest {

  private final List<String> warnings = new ArrayList<>();
  private final Logger logger = (Logger) LogManager.getLogger(SideStreams.class);
  private final Level before = logger.getLevel();
  private final StormMetricRegistry metrics = new StormMetricRegistry();
  private final AbstractAppender appender =
      new AbstractAppender("warnings", null, null, true, Property.EMPTY_ARRAY) {
        @Override
        public void append(LogEvent event) {
          warnings.add(event.getMessage().getFormattedMessage());
        }
      };

  @BeforeEach
  void listen() {
    appender.start();
    logger.setLevel(Level.WARN);
    logger.addAppender(appender);
    logger.setAdditive(false);
  }

  @AfterEach
  void stopListening() {
    logger.removeAppender(appender);
    logger.setAdditive(true);
    logger.setLevel(before);
  }

  /** Component with the two streams; also the sink. */
  private static final class Sender extends BaseBasicBolt {

    private static final long serialVersionUID = 1;

    @Override
    public void execute(Tuple input, BasicOutputCollector collector) {}

    @Override
    public void declareOutputFields(OutputFieldsDeclarer declarer) {
      declarer.declareStream(Streams.LATE, new Fields("value"));
      declarer.declareStream(Streams.DEAD_LETTER, new Fields("value"));
    }
  }

  private SideStreams watch(String... received) {
    TopologyBuilder topology = new TopologyBuilder();
    topology.setBolt("sums", new Sender());
    for (String stream : received) {
      topology.setBolt("sink-of-" + stream, new Sender()).globalGrouping("sums", stream);
    }
    Map<String, Object> conf = new HashMap<>(Utils.readDefaultConfig());
    return new SideStreams(
        new TaskContexts(topology.createTopology(), conf, "test-1-1").of("sums", 0, metrics));
  }

  @Test
  void onTuple_withoutSubscribers_warnsOncePerStream() {
    SideStreams side = watch();
    assertThat(warnings).isEmpty();
    for (int i = 0; i < 100; i++) {
      side.onTuple(Streams.LATE);
      side.onTuple(Streams.DEAD_LETTER);
    }
    assertThat(warnings)
        .containsExactly(
            "sums: no component receives the stream late, so its tuples are lost; the counter"
                + " unreceived has their number. Add a sink: setBolt(\"sums-late\","
                + " JdbcSink.lateEvents(url, table)).globalGrouping(\"sums\", Streams.LATE)",
            "sums: no component receives the stream dead-letter, so its tuples are lost; the"
                + " counter unreceived has their number. Add a sink: setBolt(\"sums-dead-letter\","
                + " JdbcSink.deadLetters(url, table)).globalGrouping(\"sums\","
                + " Streams.DEAD_LETTER)");
  }

  @Test
  void onTuple_withSubscribers_isSilent() {
    SideStreams side = watch(Streams.LATE, Streams.DEAD_LETTER);
    side.onTuple(Streams.LATE);
    side.onTuple(Streams.DEAD_LETTER);
    assertThat(warnings).isEmpty();
  }
}
