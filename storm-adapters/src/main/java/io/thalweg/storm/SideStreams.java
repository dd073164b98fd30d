package io.thalweg.storm;

import com.codahale.metrics.Counter;
import java.util.HashSet;
import java.util.Set;
import org.apache.storm.task.TopologyContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watch over the streams {@link Streams#LATE} and {@link Streams#DEAD_LETTER} of a task that no
 * component receives. Storm drops their tuples without a trace. The task warns with the first of
 * each stream, and counts all of them in the counter {@code unreceived}.
 *
 * <p>Public for the packages of the adapters only.
 */
public final class SideStreams {

  private static final Logger LOG = LoggerFactory.getLogger(SideStreams.class);

  private final String component;
  private final Set<String> received;
  private final Set<String> warned = new HashSet<>();
  private final Counter unreceived;

  /**
   * Creates the watch of a task and registers its counter.
   *
   * @param context the task
   */
  public SideStreams(TopologyContext context) {
    component = context.getThisComponentId();
    received = Set.copyOf(context.getThisTargets().keySet());
    unreceived = context.registerCounter("unreceived");
  }

  /**
   * Notes a tuple, once however often it is emitted.
   *
   * @param stream its stream, {@code late} or {@code dead-letter}
   */
  public void onTuple(String stream) {
    if (received.contains(stream)) {
      return;
    }
    unreceived.inc();
    if (warned.add(stream)) {
      LOG.warn(
          "{}: no component receives the stream {}, so its tuples are lost; the counter unreceived"
              + " has their number. Add a sink: setBolt(\"{}-{}\","
              + " JdbcSink.{}(url, table)).globalGrouping(\"{}\", Streams.{})",
          component,
          stream,
          component,
          stream,
          stream.equals(Streams.LATE) ? "lateEvents" : "deadLetters",
          component,
          stream.equals(Streams.LATE) ? "LATE" : "DEAD_LETTER");
    }
  }
}
